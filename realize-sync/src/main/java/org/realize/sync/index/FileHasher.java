package org.realize.sync.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Snapshots;
import org.realize.sync.real.StatProof;

/**
 * Hashes one file after the other through one buffer. A hash counts only if the open file has the
 * same stat before and after; whether that stat proves it later is the {@link StatProof}'s answer.
 * Holes are not read. Not thread-safe.
 */
final class FileHasher {

  /** Large enough to make calls rare, small enough to stay in a core's cache until it is hashed. */
  private static final int BUFFER_BYTES = 2 * TreeShape.BLOCK_BYTES;

  /** After so many bytes it looks whether the file is still the same, and for holes. */
  private static final long CHECK_BYTES = 64L << 20;

  private final IndexedRoot root;
  private final BlockHashing blocks;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private final List<Conclusion.TreeNode> nodes = new ArrayList<>();
  private final TreeHasher hasher =
      new TreeHasher(
          (level, index, hashes) -> nodes.add(new Conclusion.TreeNode(level, index, hashes)));

  /**
   * A hasher of files of {@code root}.
   *
   * @param hashers that help with large files
   */
  FileHasher(IndexedRoot root, Hashers hashers) {
    this.root = root;
    blocks = new BlockHashing(hashers);
  }

  /**
   * Hashes {@code path}.
   *
   * @param state what is known of the path, for the stat to be recorded
   * @param isRestless the file was not quiet for long: if it changes while it is read, what can be
   *     had of it counts
   */
  Conclusion hash(RelativePath path, @Nullable PathState state, boolean isRestless) {
    try (DiskFile file = root.disk().open(path, OpenMode.READ_UNNOTICED)) {
      FileStat found = file.opened();
      if (found.kind() != FileStat.Kind.FILE) {
        return new Conclusion.Unsettled();
      }
      Conclusion settled = hashSettled(file, found, state);
      return settled instanceof Conclusion.Unsettled && isRestless
          ? hashRestless(path, file, state)
          : settled;
    } catch (NoSuchFileException | NotDirectoryException moved) {
      return new Conclusion.Unsettled();
    } catch (IOException refused) {
      return new Conclusion.RefusedName(IoCause.of(refused));
    } finally {
      reset();
    }
  }

  private void reset() {
    hasher.finish();
    nodes.clear();
  }

  private Conclusion hashSettled(DiskFile file, FileStat found, @Nullable PathState state)
      throws IOException {
    StatProof proof = StatProof.begin(file, found, root.time());
    FileStat stat = proof.stat();
    if (!read(file, stat, true)) {
      return new Conclusion.Unsettled();
    }
    Content content = new Content.File(hasher.finish(), stat.sizeBytes());
    OptionalLong atNanos = proof.hashedAtNanos(file);
    return atNanos.isEmpty()
        ? new Conclusion.Unsettled()
        : new Conclusion.Holds(
            content, root.recorded(stat, state), atNanos.getAsLong(), nodes, null);
  }

  /**
   * Hashes a file that changes all the time: a snapshot of it, else its first bytes up to its
   * present size, if it only grows. These are read twice, so that a change among them is seen. The
   * stat proves nothing in either case, so it is recorded with its own time as that of the hashing.
   */
  private Conclusion hashRestless(RelativePath path, DiskFile file, @Nullable PathState state)
      throws IOException {
    reset();
    FileStat stat = file.stat();
    Optional<Snapshots.Snapshot> taken = root.snapshots().take(path, file, stat.sizeBytes());
    if (taken.isPresent()) {
      try (Snapshots.Snapshot snapshot = taken.get()) {
        return read(snapshot.file(), stat, false)
            ? unproven(hasher.finish(), stat, state)
            : new Conclusion.Unsettled();
      }
    }
    if (!read(file, stat, false)) {
      return new Conclusion.Restless();
    }
    ContentHash first = hasher.finish();
    reset();
    if (!read(file, stat, false) || !hasher.finish().equals(first)) {
      return new Conclusion.Restless();
    }
    return unproven(first, stat, state);
  }

  private Conclusion unproven(ContentHash hash, FileStat stat, @Nullable PathState state) {
    Content content = new Content.File(hash, stat.sizeBytes());
    return new Conclusion.Holds(
        content, root.recorded(stat, state), stat.ctimeNanos(), nodes, null);
  }

  /**
   * Reads as many bytes as {@code before} says. False if there are fewer, if the file is seen to
   * change although it must not, or if the indexer ends.
   */
  private boolean read(DiskFile file, FileStat before, boolean mustStay) throws IOException {
    long size = before.sizeBytes();
    boolean mayHaveHoles = size > BUFFER_BYTES && file.allocatedBytes() < size;
    boolean areBlocksOnly = size >= Hashers.LARGE_BYTES && !mayHaveHoles;
    long at = 0;
    long checkAt = CHECK_BYTES;
    while (at < size) {
      long data = mayHaveHoles ? Math.min(size, file.nextData(at)) : at;
      long part = Math.min(CHECK_BYTES, size - at);
      if (data > at) {
        part = Math.min(part, data - at);
        hasher.updateZeros(part);
      } else if (areBlocksOnly && size - at >= BlockHashing.WINDOW_BYTES) {
        part = blocks.hash(file, at, hasher) ? BlockHashing.WINDOW_BYTES : 0;
      } else {
        buffer.clear();
        buffer.limit((int) Math.min(buffer.capacity(), part));
        part = file.read(buffer, at);
        hasher.update(buffer.array(), 0, (int) part);
      }
      if (part == 0 || root.cancelled().getAsBoolean()) {
        return false;
      }
      at += part;
      if (at >= checkAt) {
        checkAt = at + CHECK_BYTES;
        if (mustStay && !file.stat().equals(before)) {
          return false;
        }
      }
    }
    return true;
  }
}
