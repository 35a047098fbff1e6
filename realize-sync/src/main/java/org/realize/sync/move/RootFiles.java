package org.realize.sync.move;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.DeltaEncoder;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.DroppedFiles;
import org.realize.sync.real.PartialFiles;

/**
 * The files below a root of this machine, for whoever has seen to it that no other move has this
 * root as its other end. Thread-safe; a call holds at most {@link MoveEnd#MAX_RANGE_BYTES}.
 *
 * <p>Partial files lie in {@link PartialFiles#DIRECTORY}, which is neither listed here nor scanned
 * nor shared.
 */
public sealed class RootFiles implements MoveEnd permits ArenaFiles {
  private static final int BUFFER_BYTES = 128 << 10;
  private static final UUID HELD = new UUID(0, 0);

  private final String name;
  private final Disk disk;
  private final PartialFiles partials;
  private final DroppedFiles dropped;
  private final SharedForce force;
  private final PathGate paths = new PathGate();

  /** The files of a disk, under a name for people. */
  public RootFiles(String name, Disk disk) {
    this.name = name;
    this.disk = disk;
    this.partials = new PartialFiles(disk);
    this.force = new SharedForce(disk);
    this.dropped = new DroppedFiles(disk);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final UUID engage() {
    return HELD;
  }

  final RealizeException failure(String action, RelativePath path, IOException cause) {
    String message = "%s '%s' at %s".formatted(action, path, name);
    if (cause instanceof DiskFullException) {
      return new DiskFull(message, cause);
    }
    return new StorageFailed(message, cause);
  }

  final VersionGone gone(RelativePath path) {
    return new VersionGone("'%s' at %s changed since it was listed".formatted(path, name));
  }

  @Override
  public List<MovedFile> list(Optional<RelativePath> after, int max) throws RealizeException {
    try {
      return new RootListing(disk, after, max).run();
    } catch (IOException e) {
      throw failure("list", RelativePath.ROOT, e);
    }
  }

  /** Something done with an open file. */
  private interface Use<T> {
    T with(DiskFile open) throws IOException, RealizeException;
  }

  /** Opens a listed file, and sees to it that it is the listed one before and afterwards. */
  private <T> T use(MovedFile file, String action, Use<T> use) throws RealizeException {
    try (DiskFile open = disk.open(file.path(), OpenMode.READ)) {
      requireListed(file, open.stat());
      T result = use.with(open);
      requireListed(file, open.stat());
      return result;
    } catch (NoSuchFileException e) {
      throw gone(file.path());
    } catch (IOException e) {
      throw failure(action, file.path(), e);
    }
  }

  private void requireListed(MovedFile file, FileStat now) throws VersionGone {
    if (!file.stat().sameFile(now)) {
      throw gone(file.path());
    }
  }

  @Override
  public final byte[] read(MovedFile file, ByteRange range) throws RealizeException {
    return use(
        file,
        "read",
        open -> {
          ByteBuffer bytes = ByteBuffer.allocate(length(range));
          open.read(bytes, range.startBytes());
          if (bytes.hasRemaining()) {
            throw gone(file.path());
          }
          return bytes.array();
        });
  }

  @Override
  public final byte[] hash(MovedFile file, ByteRange range) throws RealizeException {
    return use(file, "hash", open -> hashes(open, range));
  }

  @Override
  public final byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException {
    return use(
        file,
        "diff",
        open -> {
          List<byte[]> deltas = new ArrayList<>();
          DeltaEncoder encoder = new DeltaEncoder(signature, deltas::add);
          eachPiece(open, range, encoder::update);
          encoder.finish();
          if (deltas.size() != 1) {
            throw gone(file.path());
          }
          byte[] delta = deltas.getFirst();
          return delta.length < range.lengthBytes() ? delta : new byte[0];
        });
  }

  @Override
  public void delete(MovedFile file, UUID engagement) throws RealizeException {
    unlink(file);
    forceUnlinked(file.path());
  }

  /** Takes a listed file away; not durable yet. */
  final void unlink(MovedFile file) throws RealizeException {
    RelativePath path = file.path();
    try {
      requireListed(file, disk.stat(path).orElseThrow(() -> gone(path)));
      switch (dropped.drop(path, file.stat())) {
        case DROPPED -> {}
        case CHANGED -> throw gone(path);
        case OPEN ->
            throw new Invalid(
                "drop '%s' at %s: a program has it open; it is left".formatted(path, name));
      }
    } catch (NoSuchFileException e) {
      throw gone(path);
    } catch (IOException e) {
      throw failure("drop", path, e);
    }
  }

  final void forceUnlinked(RelativePath path) throws RealizeException {
    try {
      force.force();
    } catch (IOException e) {
      throw failure("drop", path, e);
    }
  }

  /** Puts back what a crash left half dropped; before anything is moved, and once. */
  public final void restore() throws RealizeException {
    try {
      dropped.restore();
    } catch (IOException e) {
      throw failure("put back", DroppedFiles.DIRECTORY, e);
    }
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException {
    try {
      Optional<FileStat> there = disk.stat(path);
      if (there.isPresent() && there.get().kind() != FileStat.Kind.FILE) {
        throw new Invalid("'%s' at %s is no regular file; it is left".formatted(path, name));
      }
      return new Progress(there.map(stat -> new MovedFile(path, stat)), partials.sizeBytes(path));
    } catch (IOException e) {
      throw failure("look at", path, e);
    }
  }

  private <T> T usePartial(RelativePath path, String action, Use<T> use) throws RealizeException {
    try (PathGate.Pass _ = paths.shared(path);
        DiskFile open = partials.open(path)) {
      return use.with(open);
    } catch (FileAlreadyExistsException e) {
      throw taken(action, path, e);
    } catch (IOException e) {
      throw failure(action, path, e);
    }
  }

  private Invalid taken(String action, RelativePath path, IOException cause) {
    return new Invalid(
        "%s '%s' at %s: something is there by now; it is left".formatted(action, path, name),
        cause);
  }

  @Override
  public final void send(RelativePath path, long offset, byte[] bytes) throws RealizeException {
    usePartial(
        path,
        "write",
        open -> {
          open.write(ByteBuffer.wrap(bytes), offset);
          return path;
        });
  }

  @Override
  public final void truncate(RelativePath path, long sizeBytes) throws RealizeException {
    usePartial(
        path,
        "truncate",
        open -> {
          open.truncate(sizeBytes);
          return path;
        });
  }

  @Override
  public final byte[] hashPartial(RelativePath path, ByteRange range) throws RealizeException {
    return usePartial(path, "hash", open -> hashes(open, range));
  }

  @Override
  public final Signature signature(RelativePath path, ByteRange range) throws RealizeException {
    return usePartial(
        path,
        "sign",
        open -> {
          byte[] bytes = readFully(open, range);
          Signature.Builder builder = new Signature.Builder(bytes.length);
          builder.update(bytes, 0, bytes.length);
          return builder.finish();
        });
  }

  @Override
  public final void applyDelta(RelativePath path, ByteRange range, byte[] encoded)
      throws RealizeException {
    usePartial(
        path,
        "apply a delta to",
        open -> {
          byte[] old = readFully(open, range);
          Delta delta = Delta.decode(encoded, old.length);
          if (delta.targetBytes() != range.lengthBytes()) {
            throw new Corrupt(
                "delta for '%s' at %s: makes %d bytes of %d"
                    .formatted(path, name, delta.targetBytes(), range.lengthBytes()));
          }
          byte[] made = new byte[delta.targetBytes()];
          delta.apply(
              (offset, into, at, length) ->
                  System.arraycopy(old, Math.toIntExact(offset), into, at, length),
              made,
              0);
          open.write(ByteBuffer.wrap(made), range.startBytes());
          return path;
        });
  }

  @Override
  public void finish(MovedFile file) throws RealizeException {
    RelativePath path = file.path();
    try (PathGate.Pass _ = paths.alone(path)) {
      try (DiskFile open = partials.open(path)) {
        if (open.sizeBytes() != file.sizeBytes()) {
          throw new Corrupt(
              "finish '%s' at %s: %d of %d bytes"
                  .formatted(path, name, open.sizeBytes(), file.sizeBytes()));
        }
        open.setAttributes(file.stat().mode(), file.stat().mtime());
        if (!sharesForce(file)) {
          open.force();
        }
      }
      makeDirectories(parent(path));
      if (sharesForce(file)) {
        force.force();
      }
      partials.publish(path);
      if (sharesForce(file)) {
        force.force();
      } else {
        disk.forceDirectory(parent(path));
      }
    } catch (FileAlreadyExistsException e) {
      throw taken("finish", path, e);
    } catch (IOException e) {
      throw failure("finish", path, e);
    }
  }

  @Override
  public void settle(MovedFile file) throws RealizeException {
    use(
        file,
        "make durable",
        open -> {
          open.force();
          RelativePath directory = file.path();
          while (!directory.isRoot()) {
            directory = parent(directory);
            disk.forceDirectory(directory);
          }
          return file;
        });
  }

  /** Of the small ones many come at once; a large one must not pay for what others write. */
  private static boolean sharesForce(MovedFile file) {
    return file.sizeBytes() <= MAX_RANGE_BYTES;
  }

  /** Makes a directory and those above it, each durable before anything is put into it. */
  private void makeDirectories(RelativePath directory) throws IOException {
    if (directory.isRoot() || disk.stat(directory).isPresent()) {
      return;
    }
    makeDirectories(parent(directory));
    try {
      disk.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // By another file's move at the same time; what it is shows when it is used.
    }
    disk.forceDirectory(parent(directory));
  }

  private static RelativePath parent(RelativePath path) {
    return path.parent().orElse(RelativePath.ROOT);
  }

  /** The hash of every piece of a range; of no more than there is. */
  private static byte[] hashes(DiskFile open, ByteRange range) throws IOException {
    if (range.lengthBytes() > MAX_HASHED_BYTES) {
      throw new IllegalArgumentException("a range of " + range.lengthBytes() + " bytes");
    }
    MessageDigest digest = sha256();
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    for (ByteRange piece : Pieces.within(range)) {
      eachPiece(open, piece, digest::update);
      hashes.writeBytes(digest.digest());
    }
    return hashes.toByteArray();
  }

  private static int length(ByteRange range) {
    if (range.lengthBytes() > MAX_RANGE_BYTES) {
      throw new IllegalArgumentException("a range of " + range.lengthBytes() + " bytes");
    }
    return (int) range.lengthBytes();
  }

  private static byte[] readFully(DiskFile open, ByteRange range) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length(range));
    int count = open.read(bytes, range.startBytes());
    return count == bytes.capacity() ? bytes.array() : Arrays.copyOf(bytes.array(), count);
  }

  /** Takes bytes of a range. */
  private interface Piece {
    void take(byte[] bytes, int offset, int length) throws IOException;
  }

  private static void eachPiece(DiskFile open, ByteRange range, Piece piece) throws IOException {
    byte[] buffer = new byte[Math.min(BUFFER_BYTES, length(range))];
    long at = range.startBytes();
    while (at < range.endBytes()) {
      int wanted = (int) Math.min(buffer.length, range.endBytes() - at);
      int count = open.read(ByteBuffer.wrap(buffer, 0, wanted), at);
      if (count == 0) {
        return;
      }
      piece.take(buffer, 0, count);
      at += count;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
