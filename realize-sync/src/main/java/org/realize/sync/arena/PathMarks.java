package org.realize.sync.arena;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.PlaceId;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Marks;

/**
 * The marks of one arena's paths, as users set and clear them. Thread-safe: its parts are.
 *
 * @param index of the arena's root, which takes in what a mark makes no longer ignored
 */
public record PathMarks(Arena arena, RootIndex index) {

  /** The most marks of their own that paths of an arena have. */
  public static final int MAX_MARKS = 2_000;

  /** The most bytes of the paths that have marks of their own. */
  private static final int MAX_PATH_BYTES = 1 << 20;

  /** The marks that hold now. */
  public Marks now() throws RealizeException {
    return arena.store().read(arena::marks);
  }

  /** Throws {@code Invalid} if one of {@code paths} cannot be marked, or they are too many. */
  public void checkSet(Collection<RelativePath> paths) throws RealizeException {
    checkRoom(paths);
    checkNames("set", paths);
  }

  /** Throws {@code NotFound} if one of {@code paths} has no mark of its own. */
  public void checkClear(Collection<RelativePath> paths) throws RealizeException {
    checkNames("clear", paths);
    Marks marks = now();
    for (RelativePath path : paths) {
      if (!marks.isSetOn(path)) {
        throw new NotFound(
            "clear mark of '%s' in %s: it has none of its own, it inherits %s"
                .formatted(path, arena.name(), marks.of(path)));
      }
    }
  }

  /** Throws {@code Invalid} if one of {@code paths} is a name that no file of a user has. */
  public void checkGet(Collection<RelativePath> paths) throws Invalid {
    checkNames("get", paths);
  }

  private static void checkNames(String action, Collection<RelativePath> paths) throws Invalid {
    for (RelativePath path : paths) {
      if (PlaceId.isOwn(path)) {
        throw new Invalid("%s mark of '%s': '.realize' is reserved".formatted(action, path));
      }
    }
  }

  /** All marks are one row, read with every change of a path. */
  private void checkRoom(Collection<RelativePath> paths) throws RealizeException {
    Set<RelativePath> marked =
        new HashSet<>(arena.store().<Set<RelativePath>>read(reader -> reader.marks().keySet()));
    marked.addAll(paths);
    long bytes = marked.stream().mapToLong(path -> path.toString().length()).sum();
    if (marked.size() > MAX_MARKS || bytes > MAX_PATH_BYTES) {
      throw new Invalid(
          "set mark of %,d paths in %s: at most %,d paths may have marks of their own; mark a directory above them"
              .formatted(paths.size(), arena.name(), MAX_MARKS));
    }
  }

  /**
   * Gives all of {@code paths} a mark of their own, or with null takes it away, in one commit. What
   * is checked before may be otherwise by then.
   */
  public void put(Collection<RelativePath> paths, @Nullable Mark mark) throws RealizeException {
    arena
        .store()
        .write(writer -> {
          for (RelativePath path : paths) {
            writer.putMark(path, mark);
          }
        });
    if (mark != null) {
      for (RelativePath path : paths) {
        if (index.ignores(path)) {
          index.request(path);
        }
      }
    }
  }
}
