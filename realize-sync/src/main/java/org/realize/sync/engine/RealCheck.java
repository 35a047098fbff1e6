package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.realize.sync.content.RealBytes;
import org.realize.sync.content.StoredTree;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.PathState;
import org.realize.sync.rate.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads real files once more and compares them with their hash trees. Only what is still, by its
 * stat, the file that was hashed can have changed on the disk by itself; all else is the user's
 * change, and the indexer's to see. Thread-safe.
 */
final class RealCheck {

  private static final Logger LOG = LoggerFactory.getLogger(RealCheck.class);

  private final ArenaStore store;
  private final Disk root;
  private final Throttle throttle;

  /** Reads no faster than {@code throttle} lets it. */
  RealCheck(ArenaStore store, Disk root, Throttle throttle) {
    this.store = store;
    this.root = root;
    this.throttle = throttle;
  }

  /** Checks the file at the state's path; nothing is checked of one that is not as indexed. */
  Checked check(PathState state) throws RealizeException, InterruptedException {
    try (RealBytes bytes = RealBytes.open(root, state).orElse(null)) {
      return bytes == null || !bytes.isProven()
          ? Checked.NOTHING
          : check(state.path(), bytes.content(), bytes);
    } catch (VersionGone e) {
      LOG.debug("not checked: {}", e.oneLine());
      return Checked.NOTHING;
    }
  }

  private Checked check(RelativePath path, Content.File content, RealBytes bytes)
      throws RealizeException, InterruptedException {
    StoredTree tree = new StoredTree(store, content);
    TreeShape shape = tree.shape();
    List<ByteRange> wrong = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    for (long index = 0; index < shape.blocks(); index++) {
      long at = TreeShape.blockOffset(index);
      int length = shape.blockLength(index);
      StoredTree.Match match =
          isRead(path, bytes, at, buffer.clear().limit(length))
              ? tree.match(index, buffer.flip())
              : StoredTree.Match.WRONG;
      switch (match) {
        case RIGHT -> {}
        case WRONG -> wrong.add(new ByteRange(at, at + length));
        case UNKNOWN -> {
          return checkWhole(path, content, bytes);
        }
      }
    }
    return new Checked(content.sizeBytes(), ByteRanges.union(wrong));
  }

  /** Where the hash tree is not in the store any more, all is right or all may be wrong. */
  private Checked checkWhole(RelativePath path, Content.File content, RealBytes bytes)
      throws RealizeException, InterruptedException {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    TreeShape shape = new TreeShape(content.sizeBytes());
    ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    boolean isRead = true;
    for (long index = 0; isRead && index < shape.blocks(); index++) {
      buffer.clear().limit(shape.blockLength(index));
      isRead = isRead(path, bytes, TreeShape.blockOffset(index), buffer);
      hasher.update(buffer.flip());
    }
    boolean isRight = isRead && hasher.finish().equals(content.hash());
    ByteRanges wrong = isRight ? ByteRanges.EMPTY : ByteRanges.of(0, content.sizeBytes());
    return new Checked(content.sizeBytes(), wrong);
  }

  /** Bytes that the disk cannot read are wrong, too. */
  private boolean isRead(RelativePath path, RealBytes bytes, long at, ByteBuffer buffer)
      throws RealizeException, InterruptedException {
    throttle.take(buffer.remaining(), _ -> false);
    try {
      bytes.read(at, buffer);
      return true;
    } catch (StorageFailed e) {
      LOG.warn("'{}' at {}: {}", path, at, e.oneLine());
      return false;
    }
  }
}
