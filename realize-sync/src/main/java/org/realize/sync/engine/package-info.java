/**
 * The background work of an arena. A {@link org.realize.sync.engine.Job} advances by steps; an
 * {@link org.realize.sync.engine.Engine} steps the jobs that are due and returns the time until the
 * next one, so that one thread can drive a whole household in virtual time.
 */
@NullMarked
package org.realize.sync.engine;

import org.jspecify.annotations.NullMarked;
