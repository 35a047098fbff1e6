/**
 * Changes on their way between peers. {@link org.realize.sync.feed.FeedPages} reads this machine's
 * feed out, forced durable first. {@link org.realize.sync.feed.FeedPuller} asks a peer for its
 * feed, page by page, and {@link org.realize.sync.feed.FeedReceiver} applies the pages: each entry
 * becomes the peer's report and is judged by the rules, unless the {@link
 * org.realize.sync.feed.RemovalGuard} holds it. {@link org.realize.sync.feed.Incarnations} decides
 * at each Hello whether a store was restored or cloned; {@link org.realize.sync.feed.ArenaRenewal}
 * then signs its versions again.
 */
@NullMarked
package org.realize.sync.feed;

import org.jspecify.annotations.NullMarked;
