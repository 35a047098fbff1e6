/**
 * How changes travel between peers. {@link org.realize.sync.feed.FeedPages} reads our own feed out,
 * forced durable first; {@link org.realize.sync.feed.FeedPuller} asks a peer for its feed, page by
 * page, and {@link org.realize.sync.feed.FeedReceiver} takes the pages in: each entry to the peer's
 * row, then judged by the rules, unless the {@link org.realize.sync.feed.RemovalGuard} makes it
 * wait. {@link org.realize.sync.feed.Incarnations} decides at each Hello whether a store was
 * restored or cloned, {@link org.realize.sync.feed.ArenaRenewal} signs its versions anew if so.
 */
@NullMarked
package org.realize.sync.feed;

import org.jspecify.annotations.NullMarked;
