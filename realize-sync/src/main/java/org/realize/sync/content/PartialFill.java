package org.realize.sync.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.Real;

/**
 * A large file of the root while it is fetched, in the place where it will be, so that it is
 * written once. What an earlier process, or an earlier version of the path, left in it counts as
 * here where it has the right hash; so nothing is written down about it, and a power cut costs what
 * was lost and no more. A block of zeros stays a hole. Thread-safe.
 */
public final class PartialFill implements FillTarget {

  /** Written bytes after which they are forced, so that the last force is short. */
  private static final long FORCE_BYTES = 64L << 20;

  private static final byte[] ZEROS = new byte[TreeShape.BLOCK_BYTES];

  /** The parts of files that were verified before and may not have changed since. Thread-safe. */
  public static final class VerifiedParts {
    private static final int MAX_FILES = 16;

    private record CollectedPart(Content.File content, FileStat stat, ByteRanges verified) {}

    private final Map<RelativePath, CollectedPart> parts =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<RelativePath, CollectedPart> eldest) {
            return size() > MAX_FILES;
          }
        };

    private synchronized void put(RelativePath path, CollectedPart part) {
      parts.put(path, part);
    }

    private synchronized Optional<ByteRanges> take(
        RelativePath path, Content.File content, FileStat now) {
      return Optional.ofNullable(parts.remove(path))
          .filter(part -> part.content.equals(content) && part.stat.sameFile(now))
          .map(CollectedPart::verified);
    }
  }

  private final Arena arena;
  private final RelativePath path;
  private final Content.File content;
  private final DiskFile file;
  private final VerifiedParts parts;
  private final AtomicLong unforced = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Verified bytes of the file; changed under the monitor. */
  private volatile ByteRanges verified = ByteRanges.EMPTY;

  /** Where the bytes end whose hashes were not here when the file was opened. */
  private long unknownEnd;

  /** Why bytes are not kept any more; null while they are. */
  private volatile @Nullable RealizeException refusal;

  private PartialFill(
      Arena arena, RelativePath path, Content.File content, DiskFile file, VerifiedParts parts) {
    this.arena = arena;
    this.path = path;
    this.content = content;
    this.file = file;
    this.parts = parts;
  }

  /**
   * Opens the file that is collected for {@code path}, and verifies what is in it; {@link
   * InterruptedException} if that is interrupted.
   */
  public static PartialFill open(
      Arena arena, RelativePath path, Content.File content, VerifiedParts parts)
      throws RealizeException, InterruptedException {
    Real root = Objects.requireNonNull(arena.root(), "the arena has no root");
    try {
      DiskFile file = new PartialFiles(root.disk()).openFetched(path);
      PartialFill fill = new PartialFill(arena, path, content, file, parts);
      boolean isOpen = false;
      try {
        fill.resume();
        isOpen = true;
        return fill;
      } finally {
        if (!isOpen) {
          file.close();
        }
      }
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static RealizeException failed(RelativePath path, IOException cause) {
    return Disk.failure("collect '%s'".formatted(path), cause);
  }

  private void resume() throws IOException, RealizeException, InterruptedException {
    Optional<ByteRanges> known = parts.take(path, content, file.opened());
    if (known.isPresent()) {
      verified = known.get();
      return;
    }
    file.truncate(content.sizeBytes());
    StoredTree tree = new StoredTree(arena.store(), content);
    ByteBuffer block = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    long written = Math.min(file.opened().sizeBytes(), content.sizeBytes());
    for (long at = 0; at < written; ) {
      long index = TreeShape.blockAt(file.nextData(at));
      at = TreeShape.blockOffset(index);
      if (at >= written) {
        return;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException("verify '" + path + "'");
      }
      int length = tree.shape().blockLength(index);
      file.read(block.clear().limit(length), at);
      switch (tree.match(index, block.flip())) {
        case RIGHT -> add(at, length);
        case UNKNOWN -> unknownEnd = at + length;
        case WRONG -> {}
      }
      at += length;
    }
  }

  private synchronized void add(long offset, int length) {
    verified = verified.plus(ByteRanges.of(offset, offset + length));
  }

  @Override
  public void find() {}

  @Override
  public boolean has(long start, long end) {
    return verified.contains(start, end);
  }

  @Override
  public long keptBytes() {
    return verified.lengthBytes();
  }

  @Override
  public boolean isKept() {
    return refusal == null;
  }

  @Override
  public void want() {}

  @Override
  public void read(long offset, ByteBuffer destination) throws RealizeException {
    try {
      file.read(destination, offset);
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  @Override
  public boolean keep(long offset, ByteBuffer bytes, @Nullable Blob same) {
    if (!isKept()) {
      return false;
    }
    int length = bytes.remaining();
    if (has(offset, offset + length)) {
      return true;
    }
    try {
      if (!isZeros(bytes) || file.nextData(offset) < offset + length) {
        file.write(bytes, offset);
      }
      add(offset, length);
      if (unforced.addAndGet(length) >= FORCE_BYTES) {
        unforced.set(0);
        file.force();
      }
      return true;
    } catch (IOException e) {
      refusal = failed(path, e);
      return false;
    }
  }

  private static boolean isZeros(ByteBuffer bytes) {
    return bytes.get(bytes.position()) == 0
        && bytes.mismatch(ByteBuffer.wrap(ZEROS, 0, bytes.remaining())) < 0;
  }

  @Override
  public boolean prove(long index, ContentHash leaf) throws RealizeException {
    TreeVerifier verifier = TreeVerifier.of(content.hash(), content.sizeBytes());
    long start = TreeShape.blockOffset(index);
    int length = verifier.shape().blockLength(index);
    if (has(start, start + length)) {
      return true;
    }
    try {
      if (start >= unknownEnd || file.nextData(start) >= start + length) {
        return false;
      }
      ByteBuffer block = ByteBuffer.allocate(length);
      file.read(block, start);
      if (!verifier.isBlock(index, block.flip(), leaf)) {
        return false;
      }
      add(start, length);
      return true;
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  @Override
  public void commit() throws RealizeException {
    RealizeException cause = refusal;
    if (cause != null) {
      throw cause;
    }
    try {
      file.force();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  /** The stat of the file, all of which is verified and durable. */
  public FileStat whole() throws RealizeException {
    if (!has(0, content.sizeBytes())) {
      throw new RealizeException.StorageFailed("collect '" + path + "': bytes are missing", null);
    }
    try {
      return file.stat();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  @Override
  public Optional<Path> backing() {
    return Optional.empty();
  }

  /** Remembers what was verified, for the next attempt. Idempotent. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      parts.put(path, new VerifiedParts.CollectedPart(content, file.stat(), verified));
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("close what is collected for '" + path + "'", e);
    }
  }
}
