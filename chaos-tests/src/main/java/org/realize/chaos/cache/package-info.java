/**
 * A replay of a {@link org.realize.chaos.cache.RequestTrace} of reads against {@link
 * org.realize.chaos.cache.SimulatedCache caches} that hold nothing but sizes: the daemon's own
 * policy, LRU and Caffeine, all of the same capacity. Hit ratios come out.
 */
@NullMarked
package org.realize.chaos.cache;

import org.jspecify.annotations.NullMarked;
