package org.realize.sync.service;

import org.jspecify.annotations.Nullable;
import org.realize.sync.content.LocalContent;
import org.realize.sync.content.LocalContents;
import org.realize.sync.content.StoredTree;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * An arena that peers may read.
 *
 * @param root the Real; null where the arena has no root
 */
public record ServedArena(ArenaStore store, FeedPages feed, BlobStore blobs, @Nullable Disk root) {

  /** Opens what is here of the content that a peer asked for. */
  LocalContent open(ContentRequest request) throws RealizeException {
    return new LocalContents(store, blobs, root).open(request.hint(), content(request));
  }

  StoredTree tree(ContentRequest request) {
    return new StoredTree(store, content(request));
  }

  private static Content.File content(ContentRequest request) {
    return new Content.File(request.hash(), request.sizeBytes());
  }
}
