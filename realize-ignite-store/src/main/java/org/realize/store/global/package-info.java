/**
 * What all arenas share: the store's identity, its arenas, the inode ranges, counters, and what is
 * known of other stores.
 *
 * <p>Everything here is small and kept in memory; a change is one durable commit of the same
 * journal that the arenas' commits go through, so that a range and its use are one commit.
 */
@NullMarked
package org.realize.store.global;

import org.jspecify.annotations.NullMarked;
