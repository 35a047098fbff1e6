/**
 * Limits of how fast work may run. A {@link org.realize.sync.rate.Throttle} is what a sender asks
 * before each piece, a {@link org.realize.sync.rate.TokenBucket} the fair limit that answers.
 */
@NullMarked
package org.realize.sync.rate;

import org.jspecify.annotations.NullMarked;
