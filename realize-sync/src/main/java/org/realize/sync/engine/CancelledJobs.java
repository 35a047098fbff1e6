package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Marks;

/**
 * The paths of one arena whose work the user cancelled. Such a path is left as it is until its
 * current contents, its attributes or its mark differ from what they were then. Durable, {@value
 * #MAX_PATHS} paths at most. Thread-safe.
 */
final class CancelledJobs {

  static final int MAX_PATHS = 10_000;

  /**
   * A path that was cancelled.
   *
   * @param wanted the hash of what it was to become
   */
  private record CancelledPath(RelativePath path, ContentHash wanted) {}

  private static final Rows<List<CancelledPath>> CANCELLED =
      Rows.ofLists(
          "sync.cancelled",
          1,
          (out, item) -> out.putPath(item.path()).putHash(item.wanted()),
          in -> new CancelledPath(in.getPath(), in.getHash()));

  private final Arena arena;
  private final Map<RelativePath, ContentHash> paths = new ConcurrentHashMap<>();

  /** True once a path was seen that has changed since it was cancelled. */
  private final AtomicBoolean isStale = new AtomicBoolean();

  /** Those that were cancelled in earlier lives, too. */
  CancelledJobs(Arena arena) throws RealizeException {
    this.arena = arena;
    arena
        .store()
        .read(reader -> reader.row(CANCELLED))
        .ifPresent(list -> list.forEach(item -> paths.put(item.path(), item.wanted())));
  }

  /** True if the work of a path is cancelled, and the path has not changed since. */
  boolean covers(PathState state, Marks marks) {
    ContentHash wanted = paths.isEmpty() ? null : paths.get(state.path());
    if (wanted == null) {
      return false;
    }
    boolean isSame = wanted.equals(wanted(state, marks.of(state.path())));
    if (!isSame) {
      isStale.set(true);
    }
    return isSame;
  }

  /** The hash of what a path is to become: vectors alone change nothing of it. */
  private static ContentHash wanted(PathState state, Mark mark) {
    StringBuilder text = new StringBuilder();
    text.append(mark).append(' ').append(state.metadata().mode());
    text.append(' ').append(state.metadata().mtime());
    for (Version version : ConflictRules.versions(state)) {
      text.append('\n').append(version.content());
    }
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    hasher.update(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
    return hasher.finish();
  }

  Set<RelativePath> paths() {
    return Set.copyOf(paths.keySet());
  }

  int count() {
    return paths.size();
  }

  /** Cancels the work of paths; {@code Invalid}, and nothing is done, where they are too many. */
  void add(Collection<PathState> states) throws RealizeException {
    Map<RelativePath, ContentHash> added = new HashMap<>();
    arena
        .store()
        .write(writer -> {
          Marks marks = arena.marks(writer);
          added.clear();
          for (PathState state : states) {
            added.put(state.path(), wanted(state, marks.of(state.path())));
          }
          List<CancelledPath> all = new ArrayList<>(writer.row(CANCELLED).orElse(List.of()));
          all.removeIf(item -> added.containsKey(item.path()));
          added.forEach((path, wanted) -> all.add(new CancelledPath(path, wanted)));
          if (all.size() > MAX_PATHS) {
            throw new Invalid(
                "cancel jobs of %s: more than %,d; mark what is not wanted 'watch', or pause"
                    .formatted(arena.name(), MAX_PATHS));
          }
          writer.putRow(CANCELLED, all);
        });
    paths.putAll(added);
  }

  /** Has the paths planned again that {@code wanted} takes; returns those. */
  Set<RelativePath> remove(Predicate<RelativePath> wanted) throws RealizeException {
    Set<RelativePath> removed = Set.copyOf(paths().stream().filter(wanted).toList());
    if (!removed.isEmpty()) {
      arena
          .store()
          .write(writer -> {
            List<CancelledPath> left = new ArrayList<>(writer.row(CANCELLED).orElse(List.of()));
            left.removeIf(item -> removed.contains(item.path()));
            writer.putRow(CANCELLED, left);
          });
      removed.forEach(paths::remove);
    }
    return removed;
  }

  /** Forgets the paths that have changed since. */
  void prune() throws RealizeException {
    if (!isStale.getAndSet(false)) {
      return;
    }
    List<CancelledPath> gone = new ArrayList<>();
    arena
        .store()
        .write(writer -> {
          Marks marks = arena.marks(writer);
          gone.clear();
          List<CancelledPath> left = new ArrayList<>();
          for (CancelledPath item : writer.row(CANCELLED).orElse(List.of())) {
            PathState state = writer.path(item.path()).orElse(null);
            boolean isSame =
                state != null && item.wanted().equals(wanted(state, marks.of(item.path())));
            (isSame ? left : gone).add(item);
          }
          writer.putRow(CANCELLED, left);
        });
    gone.forEach(item -> paths.remove(item.path(), item.wanted()));
  }
}
