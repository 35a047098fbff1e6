/**
 * The state that all arenas share: the store's identity, its arenas, the inode ranges, counters,
 * and the memory of other stores.
 *
 * <p>Everything here is small and in memory. A change is one durable commit of the journal that the
 * arenas' commits go through, so that a range and its use are one commit.
 */
@NullMarked
package org.realize.store.global;

import org.jspecify.annotations.NullMarked;
