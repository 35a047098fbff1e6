package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobStore;
import org.realize.sync.rate.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verification of a blob: its committed ranges are read and compared with its hash tree; wrong
 * blocks become absent, so that the next reader fetches them. Thread-safe.
 */
public final class BlobVerifier {

  private static final Logger LOG = LoggerFactory.getLogger(BlobVerifier.class);

  /**
   * The result for one blob.
   *
   * @param bytes compared bytes
   * @param wrong whole blocks, among the compared bytes
   */
  public record BlobFound(long bytes, ByteRanges wrong) {
    static final BlobFound NOTHING = new BlobFound(0, ByteRanges.EMPTY);
  }

  private final ArenaStore store;
  private final BlobStore blobs;
  private final Throttle throttle;

  /** Reads no faster than {@code throttle} lets it. */
  public BlobVerifier(ArenaStore store, BlobStore blobs, Throttle throttle) {
    this.store = store;
    this.blobs = blobs;
    this.throttle = throttle;
  }

  /** Verifies the blob of {@code hash}, if there is one. */
  public BlobFound verify(ContentHash hash) throws RealizeException, InterruptedException {
    try (Blob blob = blobs.find(hash).orElse(null)) {
      return blob == null ? BlobFound.NOTHING : verify(blob, blob.readable());
    }
  }

  /** Verifies {@code blocks} of the blob of {@code hash}. */
  BlobFound verify(ContentHash hash, ByteRanges blocks)
      throws RealizeException, InterruptedException {
    try (Blob blob = blobs.find(hash).orElse(null)) {
      return blob == null ? BlobFound.NOTHING : verify(blob, blocks);
    }
  }

  private BlobFound verify(Blob blob, ByteRanges blocks)
      throws RealizeException, InterruptedException {
    StoredTree tree = new StoredTree(store, new Content.File(blob.hash(), blob.sizeBytes()));
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    long checked = 0;
    List<ByteRange> wrong = new ArrayList<>();
    for (ByteRange range : blocks.ranges()) {
      for (long at = range.startBytes(); at < range.endBytes(); at += TreeShape.BLOCK_BYTES) {
        long index = TreeShape.blockAt(at);
        int length = tree.shape().blockLength(index);
        throttle.take(length, _ -> false);
        if (!blob.readable(at, at + length)) {
          continue;
        }
        checked += length;
        if (isWrong(blob, tree, index, buffer.clear().limit(length))) {
          ByteRange block = new ByteRange(at, at + length);
          wrong.add(block);
          blobs.distrust(blob.hash(), block);
        }
      }
    }
    return new BlobFound(checked, ByteRanges.union(wrong));
  }

  /** Bytes that the disk cannot read are wrong, too. */
  private static boolean isWrong(Blob blob, StoredTree tree, long index, ByteBuffer buffer)
      throws RealizeException {
    try {
      blob.read(TreeShape.blockOffset(index), buffer);
    } catch (StorageFailed e) {
      LOG.warn("blob {}: block {}: {}", blob.hash(), index, e.oneLine());
      return true;
    }
    return tree.match(index, buffer.flip()) == StoredTree.Match.WRONG;
  }
}
