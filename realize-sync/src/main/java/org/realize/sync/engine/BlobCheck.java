package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobStore;
import org.realize.sync.transfer.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a blob claims once more and compares it with its hash tree; wrong blocks are absent
 * from then on, so that the next who needs them fetches them. Thread-safe.
 */
public final class BlobCheck {

  /**
   * What was found.
   *
   * @param checkedBytes compared
   * @param wrongBytes of these
   */
  public record Found(long checkedBytes, long wrongBytes) {
    static final Found NOTHING = new Found(0, 0);
  }

  private static final Logger LOG = LoggerFactory.getLogger(BlobCheck.class);

  private final ArenaStore store;
  private final BlobStore blobs;
  private final Throttle throttle;

  /** Reads no faster than {@code throttle} lets it. */
  public BlobCheck(ArenaStore store, BlobStore blobs, Throttle throttle) {
    this.store = store;
    this.blobs = blobs;
    this.throttle = throttle;
  }

  /** Checks the blob of {@code hash}, if there is one. */
  public Found check(ContentHash hash) throws RealizeException, InterruptedException {
    Optional<Blob> found = blobs.find(hash);
    if (found.isEmpty()) {
      return Found.NOTHING;
    }
    try (Blob blob = found.get()) {
      return check(blob);
    }
  }

  private Found check(Blob blob) throws RealizeException, InterruptedException {
    StoredTree tree = new StoredTree(store, blob.hash(), blob.sizeBytes());
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    long checked = 0;
    long wrong = 0;
    for (ByteRange range : blob.readable().ranges()) {
      for (long at = range.startBytes(); at < range.endBytes(); at += TreeShape.BLOCK_BYTES) {
        long index = TreeShape.blockAt(at);
        int length = tree.shape().blockLength(index);
        throttle.take(length, _ -> false);
        if (!blob.readable(at, at + length)) {
          continue;
        }
        checked += length;
        if (isWrong(blob, tree, index, buffer.clear().limit(length))) {
          wrong += length;
          blobs.distrust(blob.hash(), new ByteRange(at, at + length));
        }
      }
    }
    return new Found(checked, wrong);
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
