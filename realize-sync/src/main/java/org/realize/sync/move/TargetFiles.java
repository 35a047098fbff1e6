package org.realize.sync.move;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.FoldedNames;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.RootCapabilities;

/**
 * The files below a root of this machine as a target of moves, for one move at a time. Thread-safe;
 * a call holds at most {@link Pieces#MAX_RANGE_BYTES}.
 *
 * <p>{@link PartialFiles} are neither listed nor scanned nor shared.
 */
final class TargetFiles implements MoveTarget {
  private final String name;
  private final Disk disk;
  private final FoldedNames folded;
  private final TargetRules rules;
  private final PartialFiles partials;
  private final SharedForce force;
  private final PathGate paths = new PathGate();

  /** The files of a disk, under a name for people. */
  TargetFiles(String name, Disk disk, RootCapabilities capabilities, TargetRules rules) {
    this.name = name;
    this.folded = new FoldedNames(disk, capabilities);
    this.disk = disk;
    this.rules = rules;
    this.partials = new PartialFiles(disk);
    this.force = new SharedForce(disk);
  }

  @Override
  public String name() {
    return name;
  }

  private RealizeException failure(String action, RelativePath path, IOException cause) {
    return Disk.failure("%s '%s' at %s".formatted(action, path, name), cause);
  }

  private VersionGone gone(RelativePath path) {
    return new VersionGone("'%s' at %s changed since it was found".formatted(path, name));
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException {
    RelativePath path = file.path();
    rules.check(path);
    rules.admit(path);
    try {
      requireUnfolded(path);
      Optional<FileStat> there = disk.stat(path);
      Optional<MovedFile> finished =
          there.isPresent() ? MovedFile.of(disk, path, there.get()) : Optional.empty();
      if (there.isPresent() && there.get().kind() != file.stat().kind()) {
        throw new Invalid(
            "'%s' at %s is no %s; it is left".formatted(path, name, word(file.stat().kind())));
      }
      boolean isReplaced = false;
      if (finished.isPresent() && !file.isDirectory()) {
        rules.admitThere(finished.get());
        isReplaced = rules.replaces(file, finished.get());
      }
      return new Progress(finished, partials.sizeBytes(path), isReplaced);
    } catch (IOException e) {
      throw failure("look at", path, e);
    }
  }

  /** Refuses a name that cannot stand beside one that is there. */
  private void requireUnfolded(RelativePath path) throws IOException, Invalid {
    Optional<RelativePath> other = folded.inPlaceOf(path);
    if (other.isPresent()) {
      throw new Invalid(
          "move '%s' to %s: the file system there takes the name for '%s'; both are left"
              .formatted(path, name, other.get()));
    }
  }

  @Override
  public void begin(MovedFile file) throws RealizeException {
    rules.check(file.path());
    try (PathGate.PathPass _ = paths.alone(file.path())) {
      if (replaced(file).isEmpty()) {
        throw gone(file.path());
      }
      partials.begin(file.path());
    } catch (IOException e) {
      throw failure("begin", file.path(), e);
    }
  }

  private static String word(FileStat.Kind kind) {
    return switch (kind) {
      case FILE -> "regular file";
      case DIRECTORY -> "directory";
      case LINK -> "symbolic link";
      case OTHER -> "file";
    };
  }

  /** A use of an open file. */
  private interface TargetUse<T> {
    T with(DiskFile open) throws IOException, RealizeException;
  }

  /** Opens a finished file, and sees to it that it is the same one before and afterwards. */
  private <T> T useFinished(MovedFile file, String action, TargetUse<T> use)
      throws RealizeException {
    rules.admitThere(file);
    try (DiskFile open = disk.open(file.path(), OpenMode.READ)) {
      requireFound(file, open.stat());
      T result = use.with(open);
      requireFound(file, open.stat());
      return result;
    } catch (NoSuchFileException e) {
      throw gone(file.path());
    } catch (IOException e) {
      throw failure(action, file.path(), e);
    }
  }

  private void requireFound(MovedFile file, FileStat now) throws VersionGone {
    if (!file.stat().sameFile(now)) {
      throw gone(file.path());
    }
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range) throws RealizeException {
    return useFinished(file, "hash", open -> FileBytes.hashes(open, range));
  }

  private <T> T usePartial(RelativePath path, String action, TargetUse<T> use)
      throws RealizeException {
    try (PathGate.PathPass _ = paths.shared(path);
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
        "%s '%s' at %s: something else is there; it is left".formatted(action, path, name), cause);
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes) throws RealizeException {
    usePartial(
        path,
        "write",
        open -> {
          open.write(ByteBuffer.wrap(bytes), offset);
          return path;
        });
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes) throws RealizeException {
    usePartial(
        path,
        "truncate",
        open -> {
          open.truncate(sizeBytes);
          return path;
        });
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range) throws RealizeException {
    return usePartial(path, "hash", open -> FileBytes.hashes(open, range));
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range) throws RealizeException {
    return usePartial(
        path,
        "sign",
        open -> {
          byte[] bytes = FileBytes.readFully(open, range);
          Signature.Builder builder = new Signature.Builder(bytes.length);
          builder.update(bytes, 0, bytes.length);
          return builder.finish();
        });
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] encoded)
      throws RealizeException {
    usePartial(
        path,
        "apply a delta to",
        open -> {
          byte[] old = FileBytes.readFully(open, range);
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
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    RelativePath path = file.path();
    rules.check(path);
    rules.admit(path);
    try (PathGate.PathPass _ = paths.alone(path)) {
      requireUnfolded(path);
      switch (file.stat().kind()) {
        case FILE -> finishFile(file);
        case LINK -> finishLink(file);
        case DIRECTORY -> finishDirectory(file);
        case OTHER -> throw new IllegalArgumentException(path.toString());
      }
    } catch (FileAlreadyExistsException e) {
      throw taken("finish", path, e);
    } catch (IOException e) {
      throw failure("finish", path, e);
    }
  }

  private void finishFile(MovedFile file)
      throws IOException, RealizeException, InterruptedException {
    RelativePath path = file.path();
    try (DiskFile open = partials.open(path)) {
      if (open.sizeBytes() != file.sizeBytes()) {
        throw new Corrupt(
            "finish '%s' at %s: %d of %d bytes"
                .formatted(path, name, open.sizeBytes(), file.sizeBytes()));
      }
      Optional<MovedFile> there = replaced(file);
      if (there.isPresent()) {
        replace(file, there.get());
        return;
      }
      open.setAttributes(file.stat().mode(), file.stat().mtime());
      if (!sharesForce(file)) {
        open.force();
      }
    }
    makeDirectories(parent(path));
    if (sharesForce(file)) {
      force.force(path);
    }
    partials.publish(path);
    if (sharesForce(file)) {
      force.force(path);
    } else {
      disk.forceDirectory(parent(path));
    }
  }

  /** The older version that is there and that a listed file replaces. */
  private Optional<MovedFile> replaced(MovedFile file) throws IOException, RealizeException {
    Optional<FileStat> stat =
        disk.stat(file.path()).filter(now -> now.kind() == FileStat.Kind.FILE);
    Optional<MovedFile> there = stat.map(now -> new MovedFile(file.path(), now));
    return there.isPresent() && rules.replaces(file, there.get()) ? there : Optional.empty();
  }

  private void replace(MovedFile file, MovedFile there)
      throws IOException, RealizeException, InterruptedException {
    switch (rules.replace(file, there)) {
      case DONE -> {}
      case CHANGED -> throw gone(file.path());
      case OPEN -> throw kept(file, "a program has it open");
      case UNSUPPORTED -> throw kept(file, "its file system cannot replace files safely");
    }
  }

  private Invalid kept(MovedFile file, String cause) {
    return new Invalid("replace '%s' at %s: %s; it is left".formatted(file.path(), name, cause));
  }

  private void finishLink(MovedFile file) throws IOException {
    makeDirectories(parent(file.path()));
    partials.putLink(file.path(), file.link(), file.stat().mtime());
    force.force(file.path());
  }

  private void finishDirectory(MovedFile file) throws IOException {
    RelativePath path = file.path();
    Optional<FileStat> there = disk.stat(path);
    if (there.isEmpty()) {
      makeDirectories(parent(path));
      partials.putDirectory(path, file.open().stat().mode());
      disk.forceDirectory(parent(path));
    } else if (there.get().kind() != FileStat.Kind.DIRECTORY) {
      throw new FileAlreadyExistsException(path.toString());
    }
    if (there.isEmpty() || file.sharesMode(there.get())) {
      disk.setAttributes(path, file.stat().mode(), file.stat().mtime());
      force.force(path);
    }
  }

  @Override
  public void settle(MovedFile file) throws RealizeException {
    rules.check(file.path());
    if (file.stat().kind() == FileStat.Kind.LINK) {
      settleLink(file);
      return;
    }
    useFinished(
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

  private void settleLink(MovedFile file) throws RealizeException {
    try {
      requireFound(file, disk.stat(file.path()).orElseThrow(() -> gone(file.path())));
      force.force(file.path());
    } catch (IOException e) {
      throw failure("make durable", file.path(), e);
    }
  }

  /** Of the small ones many come at once; a large one must not pay for what others write. */
  private static boolean sharesForce(MovedFile file) {
    return file.sizeBytes() <= Pieces.MAX_RANGE_BYTES;
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
}
