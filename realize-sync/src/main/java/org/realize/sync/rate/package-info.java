/**
 * Limits of speed, and waits after failures. A sender asks a {@link org.realize.sync.rate.Throttle}
 * before each piece; a {@link org.realize.sync.rate.TokenBucket} is the fair limit that answers; a
 * {@link org.realize.sync.rate.Backoff} is the wait after failures.
 */
@NullMarked
package org.realize.sync.rate;

import org.jspecify.annotations.NullMarked;
