package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.PathState;
import org.realize.sync.rate.Throttle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verification of real files: their bytes are read and compared with the stored hash tree.
 *
 * <p>Bytes that differ are a user's, unless the stat that they were hashed under proves that no
 * program can have written them. Unreadable bytes are no program's. Thread-safe.
 */
final class RealVerifier {

  private static final Logger LOG = LoggerFactory.getLogger(RealVerifier.class);

  /** The result of the verification of a real file. */
  sealed interface FileFound {
    /** No file was indexed at the path, or none is there. */
    record Nothing() implements FileFound {}

    /** A file with the indexed content. */
    record Sound(long bytes) implements FileFound {}

    /** A program has changed it since it was indexed, whatever its stat says. */
    record Changed(long bytes) implements FileFound {}

    /**
     * The disk has lost bytes of it.
     *
     * @param wrong whole blocks
     */
    record Damaged(long bytes, ByteRanges wrong) implements FileFound {}
  }

  private final ArenaStore store;
  private final Disk root;
  private final Throttle throttle;

  /** Reads no faster than {@code throttle} lets it. */
  RealVerifier(ArenaStore store, Disk root, Throttle throttle) {
    this.store = store;
    this.root = root;
    this.throttle = throttle;
  }

  /** Verifies the file at the state's path. */
  FileFound verify(PathState state) throws RealizeException, InterruptedException {
    try (RealBytes bytes = RealBytes.open(root, state, OpenMode.READ_UNNOTICED).orElse(null)) {
      if (bytes == null) {
        return new FileFound.Nothing();
      }
      return bytes.isAsIndexed() ? new VerifyPass(state, bytes).run() : new FileFound.Changed(0);
    } catch (VersionGone e) {
      LOG.debug("not verified to the end: {}", e.oneLine());
      return new FileFound.Changed(0);
    }
  }

  /**
   * The meaning of blocks that are not right.
   *
   * @param differing they can be read, but are not what was hashed
   * @param unreadable the disk fails to read them
   * @param isProven true if the file's stat proves its content
   */
  static FileFound judge(
      long bytes, List<ByteRange> differing, List<ByteRange> unreadable, boolean isProven) {
    if (!differing.isEmpty() && !isProven) {
      return new FileFound.Changed(bytes);
    }
    List<ByteRange> wrong = new ArrayList<>(differing);
    wrong.addAll(unreadable);
    return wrong.isEmpty()
        ? new FileFound.Sound(bytes)
        : new FileFound.Damaged(bytes, ByteRanges.union(wrong));
  }

  /** One reading of one file. */
  private final class VerifyPass {
    private final PathState state;
    private final RealBytes bytes;
    private final TreeShape shape;
    private final ByteBuffer buffer = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    private final List<ByteRange> differing = new ArrayList<>();
    private final List<ByteRange> unreadable = new ArrayList<>();

    VerifyPass(PathState state, RealBytes bytes) {
      this.state = state;
      this.bytes = bytes;
      shape = new TreeShape(bytes.content().sizeBytes());
    }

    FileFound run() throws RealizeException, InterruptedException {
      StoredTree tree = new StoredTree(store, bytes.content());
      for (long index = 0; index < shape.blocks(); index++) {
        if (!read(index)) {
          unreadable.add(block(index));
          continue;
        }
        switch (tree.match(index, buffer.flip())) {
          case RIGHT -> {}
          case WRONG -> differing.add(block(index));
          case UNKNOWN -> {
            return readWhole();
          }
        }
      }
      return judged();
    }

    /** Where the hash tree is not in the store, either all blocks are right or all may be wrong. */
    private FileFound readWhole() throws RealizeException, InterruptedException {
      differing.clear();
      unreadable.clear();
      TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
      for (long index = 0; index < shape.blocks(); index++) {
        if (read(index)) {
          hasher.update(buffer.flip());
        } else {
          unreadable.add(block(index));
        }
      }
      if (unreadable.isEmpty() && !hasher.finish().equals(bytes.content().hash())) {
        differing.add(new ByteRange(0, bytes.content().sizeBytes()));
      }
      return judged();
    }

    private FileFound judged() {
      return judge(bytes.content().sizeBytes(), differing, unreadable, bytes.isProven());
    }

    private ByteRange block(long index) {
      long at = TreeShape.blockOffset(index);
      return new ByteRange(at, at + shape.blockLength(index));
    }

    private boolean read(long index) throws RealizeException, InterruptedException {
      buffer.clear().limit(shape.blockLength(index));
      throttle.take(buffer.remaining(), _ -> false);
      try {
        bytes.read(TreeShape.blockOffset(index), buffer);
        return true;
      } catch (StorageFailed e) {
        LOG.warn("arena {}: '{}', block {}: {}", store.arena(), state.path(), index, e.oneLine());
        return false;
      }
    }
  }
}
