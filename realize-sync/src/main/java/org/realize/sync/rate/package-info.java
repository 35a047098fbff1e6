/**
 * Limits of how fast work may run, and of how soon it is tried again. A {@link
 * org.realize.sync.rate.Throttle} is what a sender asks before each piece, a {@link
 * org.realize.sync.rate.TokenBucket} the fair limit that answers; a {@link
 * org.realize.sync.rate.Backoff} is the wait after failures.
 */
@NullMarked
package org.realize.sync.rate;

import org.jspecify.annotations.NullMarked;
