/**
 * The answers to peers' calls: pages of the feed, nodes of hash trees, blocks, deltas and pins.
 * Bytes flow from {@code content}: real files as they were indexed, and verified blobs. Hash trees
 * that were missing, and pins, are all that is written for a peer.
 */
@NullMarked
package org.realize.sync.service;

import org.jspecify.annotations.NullMarked;
