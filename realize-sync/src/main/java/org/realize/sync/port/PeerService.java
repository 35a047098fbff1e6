package org.realize.sync.port;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;

/**
 * The calls of a peer to this machine: the other end of {@link PeerLink}. The caller has
 * authenticated the peer and checked that it may see the arena. Calls are cancelled by
 * interruption. Thread-safe.
 */
public interface PeerService {

  /** Blocks of an open content. */
  interface BlockSource extends AutoCloseable {
    /** Fills {@code destination} with the next block; returns its length, 0 after the last one. */
    int next(ByteBuffer destination) throws RealizeException;

    @Override
    void close();
  }

  /** As {@link PeerLink#feed}; everything in the page survives a power cut here. */
  FeedPage feed(PeerName peer, ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException;

  byte[] treeNode(PeerName peer, PeerLink.ContentRequest content, int level, long index)
      throws RealizeException;

  /** As {@link PeerLink#diff}; {@code Invalid} for what is larger or no signature. */
  byte[] diff(PeerName peer, PeerLink.ContentRequest content, ByteRange range, byte[] signature)
      throws RealizeException;

  /**
   * As {@link PeerLink#pin}; {@code NotFound} where the arena has no root.
   *
   * @param dropper the store of the peer that asks
   */
  List<PinAnswer> pin(StoreId dropper, ArenaName arena, PinRequest request) throws RealizeException;

  /** As {@link PeerLink#purge}; the caller has checked that the peer may change the arena. */
  PurgeAnswer purge(PeerName peer, ArenaName arena, List<RelativePath> paths)
      throws RealizeException;

  /**
   * As {@link PeerLink#blocks}; {@code VersionGone} as soon as the file is seen to have changed.
   */
  BlockSource blocks(PeerName peer, PeerLink.ContentRequest content, long firstBlock, int count)
      throws RealizeException;

  /** All bytes of one content of a batch, as {@link PeerLink#contents}. */
  byte[] content(PeerName peer, PeerLink.ContentRequest content) throws RealizeException;
}
