package org.realize.sync.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.StatProof;

/**
 * Hashes one file after the other through one buffer. A hash counts only if the open file has the
 * same stat before and after; whether that stat proves it later is the {@link StatProof}'s answer.
 * Not thread-safe.
 */
final class FileHasher {

  /** Large enough to make calls rare, small enough to stay in a core's cache until it is hashed. */
  private static final int BUFFER_BYTES = 2 * TreeShape.BLOCK_BYTES;

  /** After so many bytes it looks whether it is worth going on. */
  private static final long CHECK_BYTES = 64L << 20;

  private final Disk disk;
  private final TimeSource time;
  private final BooleanSupplier cancelled;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private final List<Seen.TreeNode> nodes = new ArrayList<>();
  private final TreeHasher hasher =
      new TreeHasher((level, index, hashes) -> nodes.add(new Seen.TreeNode(level, index, hashes)));

  FileHasher(Disk disk, TimeSource time, BooleanSupplier cancelled) {
    this.disk = disk;
    this.time = time;
    this.cancelled = cancelled;
  }

  Seen hash(RelativePath path) {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      if (file.stat().kind() != FileStat.Kind.FILE) {
        return new Seen.Unsettled();
      }
      StatProof proof = StatProof.begin(file, time);
      FileStat stat = proof.stat();
      if (!read(file, stat)) {
        return new Seen.Unsettled();
      }
      ContentHash hash = hasher.finish();
      OptionalLong atNanos = proof.hashedAtNanos(file);
      return atNanos.isPresent()
          ? new Seen.Present(
              new Content.File(hash, stat.sizeBytes()),
              stat,
              atNanos.getAsLong(),
              List.copyOf(nodes))
          : new Seen.Unsettled();
    } catch (NoSuchFileException | NotDirectoryException moved) {
      return new Seen.Unsettled();
    } catch (IOException refused) {
      return new Seen.Refused(IoCause.of(refused));
    } finally {
      hasher.finish();
      nodes.clear();
    }
  }

  /** False if the file is seen to change, or nobody wants its hash any more. */
  private boolean read(DiskFile file, FileStat before) throws IOException {
    long at = 0;
    long checkAt = CHECK_BYTES;
    while (at < before.sizeBytes()) {
      buffer.clear();
      buffer.limit((int) Math.min(buffer.capacity(), before.sizeBytes() - at));
      int count = file.read(buffer, at);
      if (count == 0 || cancelled.getAsBoolean()) {
        return false;
      }
      hasher.update(buffer.array(), 0, count);
      at += count;
      if (at >= checkAt) {
        checkAt += CHECK_BYTES;
        if (!file.stat().equals(before)) {
          return false;
        }
      }
    }
    return true;
  }

  static long wallNanos(TimeSource time) {
    return time.unixMillis() * 1_000_000;
  }
}
