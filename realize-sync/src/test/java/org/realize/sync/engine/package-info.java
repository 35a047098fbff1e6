/** Tests of the jobs, in virtual time. */
@NullMarked
package org.realize.sync.engine;

import org.jspecify.annotations.NullMarked;
