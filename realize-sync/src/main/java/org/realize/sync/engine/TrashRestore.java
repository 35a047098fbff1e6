package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyResult;
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

  /** Bytes that are restored together, unless one file has more. */
  private static final long BATCH_BYTES = 64 << 20;

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
   * A file to be restored.
   *
   * @param target the name that it gets
   * @param replaces true if a file that has the name is moved to the trash
   */
  public record Restoration(TrashedFile from, RelativePath target, boolean replaces) {

    private String action() {
      return "restore '" + target + "'";
    }
  }

  /** A receiver of what became of each file. */
  public interface RestoredFiles {

    /** It is there again, durably. */
    void restored(Restoration file) throws InterruptedException;

    /** Something has the name, and is not to be replaced. */
    void stays(Restoration file) throws InterruptedException;

    /** The same file has the name already. */
    void same(Restoration file) throws InterruptedException;

    /** It is not there, and what has the name is as it was. */
    void failed(Restoration file, RealizeException cause) throws InterruptedException;
  }

  /** A file with its content, which was read. */
  private record ReadFile(Restoration file, Content content) {}

  /**
   * Restores files, many for about the cost of one sync; their directories are made. Each is told
   * of once its batch is done.
   */
  public void restore(List<Restoration> files, RestoredFiles results) throws InterruptedException {
    int begun = 0;
    while (begun < files.size()) {
      List<Restoration> batch = batch(files.subList(begun, files.size()));
      begun += batch.size();
      restoreTogether(batch, results);
    }
  }

  /** The first files that are restored together: of different names, and not too large. */
  private static List<Restoration> batch(List<Restoration> files) {
    Set<RelativePath> targets = new HashSet<>();
    long bytes = 0;
    for (Restoration file : files) {
      bytes += file.from().stat().sizeBytes();
      boolean isFull = targets.size() == ApplyProtocol.MAX_CHANGES || bytes > BATCH_BYTES;
      if (!targets.isEmpty() && (isFull || targets.contains(file.target()))) {
        break;
      }
      targets.add(file.target());
    }
    return files.subList(0, targets.size());
  }

  private void restoreTogether(List<Restoration> batch, RestoredFiles results)
      throws InterruptedException {
    List<ReadFile> read = new ArrayList<>();
    NavigableMap<RelativePath, String> missing = new TreeMap<>();
    for (Restoration file : batch) {
      try {
        index.check(file.target());
        List<RelativePath> directories = missingDirectories(file);
        if (!file.replaces() && isTaken(file.target())) {
          if (isThere(file)) {
            results.same(file);
          } else {
            results.stays(file);
          }
        } else {
          read.add(new ReadFile(file, content(file.from(), file.action())));
          directories.forEach(directory -> missing.put(directory, file.action()));
        }
      } catch (IOException e) {
        results.failed(file, new StorageFailed(file.action(), e));
      } catch (RealizeException e) {
        results.failed(file, e);
      }
    }
    Map<RelativePath, RealizeException> unmade = makeDirectories(missing);
    List<Restoration> changing = new ArrayList<>();
    List<RealChange> changes = new ArrayList<>();
    for (ReadFile each : read) {
      RealizeException cause = unmade.get(OwnDirectories.parent(each.file().target()));
      try {
        if (cause != null) {
          results.failed(each.file(), cause);
          continue;
        }
        changes.add(change(each));
        changing.add(each.file());
      } catch (IOException e) {
        results.failed(each.file(), new StorageFailed(each.file().action(), e));
      } catch (RealizeException e) {
        results.failed(each.file(), e);
      }
    }
    List<ApplyResult> made = real.apply().applyAll(changes);
    for (int i = 0; i < made.size(); i++) {
      Restoration file = changing.get(i);
      index.request(file.target());
      try {
        check(made.get(i), file.action());
        results.restored(file);
      } catch (RealizeException e) {
        results.failed(file, e);
      }
    }
  }

  private boolean isTaken(RelativePath path) throws IOException, RealizeException {
    PathState state = state(path);
    return disk().stat(path).isPresent() || (state != null && !state.shown().isTombstone());
  }

  /** True if the file that has the name has these bytes; they are read only if that can be. */
  private boolean isThere(Restoration file)
      throws IOException, RealizeException, InterruptedException {
    PathState state = state(file.target());
    return state != null
        && state.shown().content() instanceof Content.File shown
        && shown.sizeBytes() == file.from().stat().sizeBytes()
        && shown.equals(content(file.from(), file.action()));
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

  /** The directories above a file where nothing is. */
  private List<RelativePath> missingDirectories(Restoration file)
      throws IOException, RealizeException {
    List<RelativePath> missing = new ArrayList<>();
    RelativePath above = OwnDirectories.parent(file.target());
    while (!above.isRoot()) {
      Optional<FileStat> there = disk().stat(above);
      if (there.filter(stat -> stat.kind() == Kind.DIRECTORY).isPresent()) {
        break;
      }
      if (there.isPresent()) {
        throw new Invalid("%s: '%s' is no directory".formatted(file.action(), above));
      }
      missing.add(above);
      above = OwnDirectories.parent(above);
    }
    return missing;
  }

  /**
   * Makes directories, each with the action that needs it.
   *
   * @return those that could not be made, with the cause
   */
  private Map<RelativePath, RealizeException> makeDirectories(
      NavigableMap<RelativePath, String> missing) throws InterruptedException {
    Map<RelativePath, RealizeException> unmade = new HashMap<>();
    while (!missing.isEmpty()) {
      makeDirectories(missing, unmade);
    }
    return unmade;
  }

  /** Makes the first of these directories, which it takes out. */
  private void makeDirectories(
      NavigableMap<RelativePath, String> missing, Map<RelativePath, RealizeException> unmade)
      throws InterruptedException {
    List<RealChange> changes = new ArrayList<>();
    List<String> actions = new ArrayList<>();
    while (!missing.isEmpty() && changes.size() < ApplyProtocol.MAX_CHANGES) {
      Map.Entry<RelativePath, String> next = missing.pollFirstEntry();
      RelativePath directory = next.getKey();
      try {
        PathState state = state(directory);
        int mode = state == null ? DIRECTORY_MODE : state.metadata().mode();
        FileTime now = FileTime.ofNanos(arena.time().unixMillis() * NANOS_A_MILLI);
        Version made = version(state, new Content.Directory());
        changes.add(new RealChange.Create(directory, made, new Attributes(mode, now), _ -> {}));
        actions.add(next.getValue());
      } catch (RealizeException e) {
        unmade.put(directory, e);
      }
    }
    List<ApplyResult> results = real.apply().applyAll(changes);
    for (int i = 0; i < results.size(); i++) {
      RelativePath directory = changes.get(i).path();
      index.request(directory);
      try {
        check(results.get(i), actions.get(i));
      } catch (RealizeException e) {
        unmade.put(directory, e);
      }
    }
  }

  private RealChange change(ReadFile read) throws IOException, RealizeException {
    TrashedFile from = read.file().from();
    RelativePath target = read.file().target();
    String action = read.file().action();
    PathState state = state(target);
    Optional<FileStat> there = disk().stat(target);
    Version made = version(state, read.content());
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
      return new RealChange.Create(target, made, attributes, builder);
    }
    boolean isFile = there.filter(now -> now.kind() != Kind.FILE).isEmpty();
    if (!isFile || !(read.content() instanceof Content.File)) {
      throw new Invalid(action + ": a link or directory is not replaced; choose another name");
    }
    if (indexed == null || there.filter(indexed::sameFile).isEmpty()) {
      index.request(target);
      throw changed(action);
    }
    return new RealChange.Replace(target, indexed, made, attributes, builder);
  }

  private @Nullable PathState state(RelativePath path) throws RealizeException {
    return arena.store().read(reader -> reader.path(path)).orElse(null);
  }

  private Version version(@Nullable PathState state, Content content) throws RealizeException {
    long counter = global.nextCounter(arena.time().unixMillis());
    return LocalRules.restored(state, content, new Author(global.identity().store(), counter, 0));
  }

  private static void check(ApplyResult result, String action) throws RealizeException {
    try {
      switch (result.outcome()) {
        case DONE -> {}
        case CHANGED -> throw changed(action);
        case OPEN -> throw new Unreachable(action + ": a program has the file there open");
        case UNSUPPORTED ->
            throw new Invalid(action + ": the file system has no safe way to do it");
      }
    } catch (IOException e) {
      throw new StorageFailed(action, e);
    }
  }

  private static Unreachable changed(String action) {
    return new Unreachable(action + ": what is there has just changed; try again");
  }
}
