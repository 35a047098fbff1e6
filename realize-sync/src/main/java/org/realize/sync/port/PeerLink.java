package org.realize.sync.port;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;

/**
 * A connected peer, and what we may ask of it. Calls block, end at their deadline, and are
 * cancelled by interruption; {@code Unreachable} when the connection is gone. Nothing that comes
 * back is verified: the caller does that. Thread-safe.
 */
public interface PeerLink {

  /** Paths of one {@link #purge} at most. */
  int MAX_PURGED_PATHS = 100;

  /** New bytes of one {@link #diff} at most. */
  int MAX_DIFF_BYTES = 1 << 20;

  /** Old bytes that the signature of one {@link #diff} describes at most. */
  int MAX_DIFF_BASE_BYTES = 4 << 20;

  /**
   * A requested content, and the path under which the peer announced it (a hint that spares it a
   * search).
   */
  record ContentRequest(ArenaName arena, ContentHash hash, long sizeBytes, RelativePath hint) {}

  /** A receiver of blocks in order; the buffer is valid only during the call. */
  @FunctionalInterface
  interface BlockSink {
    void block(long index, ByteBuffer bytes) throws RealizeException;
  }

  /** A receiver of small contents, each whole, or its failure. */
  interface ContentSink {

    /** Content {@code index} has arrived: the bytes are the receiver's to keep. */
    void arrived(int index, ByteBuffer bytes);

    /** Content {@code index} does not come; others may. */
    void failed(int index, RealizeException cause);
  }

  /** Our own alias for the peer. */
  PeerName peer();

  /** What the peer said in Hello. */
  GlobalStore.Identity identity();

  /** False once the connection has ended; it never comes back, a new link does. */
  boolean connected();

  /**
   * Entries of the peer's feed above {@code afterSeq}, at most {@code max}; waits up to {@code
   * wait} for the first. {@link FeedPage#headSeq} tells how far the feed went when the page was
   * read.
   */
  FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException;

  /** The child hashes of an inner node, see {@link ArenaReader#treeNode}. */
  byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws RealizeException, InterruptedException;

  /**
   * Streams {@code count} blocks of 128 KiB (the last of the file may be short) to {@code sink}.
   */
  void blocks(ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws RealizeException, InterruptedException;

  /** True if the peer answers {@link #contents}; else each content is asked for by its blocks. */
  default boolean batches() {
    return false;
  }

  /**
   * Hands each content of {@code batch} to {@code sink}, once and in order, whole or with a failure
   * of its own. A failure of the call leaves out those that had not come until then. Only where
   * {@link #batches}.
   */
  default void contents(ContentBatch batch, ContentSink sink, Duration deadline)
      throws RealizeException, InterruptedException {
    throw new NotFound(peer() + " sends no batches");
  }

  /** True if the peer answers {@link #diff}. */
  default boolean diffs() {
    return false;
  }

  /**
   * How to make {@code range} of the content, at most {@link #MAX_DIFF_BYTES}, out of old bytes
   * that {@code signature} describes, at most {@link #MAX_DIFF_BASE_BYTES}: an encoded delta, or
   * nothing if that would be no shorter than the range. Only where {@link #diffs}.
   */
  default byte[] diff(ContentRequest content, ByteRange range, byte[] signature, Duration deadline)
      throws RealizeException, InterruptedException {
    throw new NotFound(peer() + " makes no deltas");
  }

  /** Asks the peer about pins of an arena; one answer for each content, in order. */
  default List<PinAnswer> pin(ArenaName arena, PinRequest request, Duration deadline)
      throws RealizeException, InterruptedException {
    throw new NotFound(peer() + " grants no pins");
  }

  /** True if the peer answers {@link #purge}. */
  default boolean purges() {
    return false;
  }

  /**
   * Asks the peer to delete from its trash what came from {@code paths}, at most {@link
   * #MAX_PURGED_PATHS}, or from below them; {@code Denied} if it does not let us. Only where {@link
   * #purges}.
   */
  default PurgeAnswer purge(ArenaName arena, List<RelativePath> paths, Duration deadline)
      throws RealizeException, InterruptedException {
    throw new NotFound(peer() + " purges no trash");
  }

  /** Ends the connection because of what the peer is; a new one begins with Hello. */
  default void end(String cause) {}

  /** Round-trip time of the last keep-alive or call. */
  Duration roundTrip();
}
