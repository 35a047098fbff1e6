package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.real.OwnDirectories;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RealChange.Attributes;
import org.realize.sync.real.RootIndex;
import org.realize.sync.real.TrashedFiles.TrashedFile;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;

/**
 * The return of files from the trash of one root. A copy gets the name, by the protocol that all
 * changes of a root go by: at a free name, or in place of the file there, which then is in the
 * trash. It is a version of its own, the user's change. Thread-safe.
 */
public final class TrashRestore {

  private static final int COPIED_BYTES = 1 << 20;
  private static final int DIRECTORY_MODE = 0755;
  private static final long NANOS_A_MILLI = 1_000_000;

  private final Arena arena;
  private final Real real;
  private final RootIndex index;
  private final GlobalStore global;

  /**
   * The return to the root of {@code arena}.
   *
   * @param index of the root
   * @param global the store that signs
   */
  public TrashRestore(Arena arena, Real real, RootIndex index, GlobalStore global) {
    this.arena = arena;
    this.real = real;
    this.index = index;
    this.global = global;
  }

  /**
   * Restores a file under {@code target}; its directories are made.
   *
   * @param replaces true if a file there is moved to the trash
   * @return false if something is there, and not to be replaced
   */
  public boolean restore(TrashedFile from, RelativePath target, boolean replaces)
      throws RealizeException, InterruptedException {
    String action = "restore '" + target + "'";
    index.check(target);
    try {
      if (!replaces && isTaken(target)) {
        return false;
      }
      Content content = content(from, action);
      makeDirectory(OwnDirectories.parent(target), action);
      put(from, content, target, action);
    } catch (IOException e) {
      throw new StorageFailed(action, e);
    }
    index.request(target);
    return true;
  }

  private boolean isTaken(RelativePath path) throws IOException, RealizeException {
    PathState state = state(path);
    return disk().stat(path).isPresent() || (state != null && !state.shown().isTombstone());
  }

  private Disk disk() {
    return real.disk();
  }

  private Content content(TrashedFile from, String action)
      throws IOException, RealizeException, InterruptedException {
    if (from.stat().kind() == Kind.LINK) {
      return new Content.Link(disk().readLink(from.file()));
    }
    try (DiskFile file = disk().open(from.file(), OpenMode.READ)) {
      TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
      copy(file, (bytes, _) -> hasher.update(bytes));
      if (!file.stat().sameFile(from.stat())) {
        throw new NotFound(action + ": a program changes it in the trash");
      }
      return new Content.File(hasher.finish(), from.stat().sizeBytes());
    }
  }

  /** A receiver of the bytes of a file, in order. */
  private interface ByteSink {
    void take(ByteBuffer bytes, long offsetBytes) throws IOException;
  }

  private static void copy(DiskFile file, ByteSink sink) throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocate(COPIED_BYTES);
    long at = 0;
    for (int read = file.read(buffer, 0); read > 0; read = file.read(buffer.clear(), at)) {
      sink.take(buffer.flip(), at);
      at += read;
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** Makes a directory and those above it where nothing is. */
  private void makeDirectory(RelativePath directory, String action)
      throws IOException, RealizeException, InterruptedException {
    Optional<FileStat> there = disk().stat(directory);
    if (directory.isRoot() || there.filter(stat -> stat.kind() == Kind.DIRECTORY).isPresent()) {
      return;
    }
    if (there.isPresent()) {
      throw new Invalid("%s: '%s' is no directory".formatted(action, directory));
    }
    makeDirectory(OwnDirectories.parent(directory), action);
    PathState state = state(directory);
    int mode = state == null ? DIRECTORY_MODE : state.metadata().mode();
    FileTime now = FileTime.ofNanos(arena.time().unixMillis() * NANOS_A_MILLI);
    Version made = version(state, new Content.Directory());
    apply(new RealChange.Create(directory, made, new Attributes(mode, now), _ -> {}), action);
    index.request(directory);
  }

  private void put(TrashedFile from, Content content, RelativePath target, String action)
      throws IOException, RealizeException, InterruptedException {
    PathState state = state(target);
    Optional<FileStat> there = disk().stat(target);
    Version made = version(state, content);
    Attributes attributes = new Attributes(from.stat().mode(), from.stat().mtime());
    RealChange.Builder builder =
        file -> {
          try (DiskFile bytes = disk().open(from.file(), OpenMode.READ)) {
            if (!file.share(bytes, 0, from.stat().sizeBytes())) {
              copy(bytes, file::write);
            }
            if (!bytes.stat().sameFile(from.stat())) {
              throw new NotFound(action + ": a program changes it in the trash");
            }
          }
        };
    FileStat indexed = state == null ? null : state.realStat();
    if (there.isEmpty() && indexed == null) {
      apply(new RealChange.Create(target, made, attributes, builder), action);
      return;
    }
    boolean isFile = there.filter(now -> now.kind() != Kind.FILE).isEmpty();
    if (!isFile || !(content instanceof Content.File)) {
      throw new Invalid(action + ": a link or directory is not replaced; choose another name");
    }
    if (indexed == null || there.filter(indexed::sameFile).isEmpty()) {
      index.request(target);
      throw changed(action);
    }
    apply(new RealChange.Replace(target, indexed, made, attributes, builder), action);
  }

  private @Nullable PathState state(RelativePath path) throws RealizeException {
    return arena.store().read(reader -> reader.path(path)).orElse(null);
  }

  private Version version(@Nullable PathState state, Content content) throws RealizeException {
    long counter = global.nextCounter(arena.time().unixMillis());
    return LocalRules.restored(state, content, new Author(global.identity().store(), counter, 0));
  }

  private void apply(RealChange change, String action)
      throws IOException, RealizeException, InterruptedException {
    switch (real.apply().apply(change)) {
      case DONE -> {}
      case CHANGED -> {
        index.request(change.path());
        throw changed(action);
      }
      case OPEN -> throw new Unreachable(action + ": a program has the file there open");
      case UNSUPPORTED -> throw new Invalid(action + ": the file system has no safe way to do it");
    }
  }

  private static Unreachable changed(String action) {
    return new Unreachable(action + ": what is there has just changed; try again");
  }
}
