package org.realize.sync.service;

import org.realize.sync.arena.Arena;
import org.realize.sync.content.LocalContent;
import org.realize.sync.content.LocalContents;
import org.realize.sync.content.StoredTree;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * An arena and its feed, which peers may read.
 *
 * @param pins the promises to peers; null where the arena has no root
 */
record ServedArena(Arena arena, FeedPages feed, PinGrantor pins) {

  /** Opens what is here of the content that a peer asked for. */
  LocalContent open(ContentRequest request) throws RealizeException {
    return new LocalContents(arena).open(request.hint(), content(request));
  }

  StoredTree tree(ContentRequest request) {
    return new StoredTree(arena.store(), content(request));
  }

  private static Content.File content(ContentRequest request) {
    return new Content.File(request.hash(), request.sizeBytes());
  }
}
