package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.nima.control.MarkStatus;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.PlaceId;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Marks;

/**
 * The marks of one arena's paths, for {@code realize mark}. Thread-safe: its parts are.
 *
 * @param index of the arena's root, which takes in what a mark makes no longer ignored
 */
record ArenaMarks(Arena arena, RootIndex index) {

  /** The most marks of their own that paths of an arena have, and the most bytes of these paths. */
  static final int MAX_MARKS = 2_000;

  private static final int MAX_PATH_BYTES = 1 << 20;

  /** Refuses what cannot be done with one of the paths. */
  void check(MarkAction action, Collection<RelativePath> paths) throws RealizeException {
    Marks marks = arena.store().read(arena::marks);
    if (action == MarkAction.SET) {
      checkRoom(paths);
    }
    for (RelativePath path : paths) {
      if (PlaceId.isOwn(path)) {
        throw new Invalid("%s mark of '%s': '.realize' is reserved".formatted(word(action), path));
      }
      if (action == MarkAction.CLEAR && !marks.isSetOn(path)) {
        throw new NotFound(
            "clear mark of '%s' in %s: it has none of its own, it inherits %s"
                .formatted(path, arena.name(), marks.of(path)));
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

  /** Performs an order on paths of this arena, in one commit; returns the marks that hold then. */
  List<MarkStatus> run(MarkOrder order, Collection<RelativePath> paths) throws RealizeException {
    if (order.action() != MarkAction.GET) {
      arena
          .store()
          .write(writer -> {
            for (RelativePath path : paths) {
              writer.putMark(path, order.mark());
            }
          });
    }
    if (order.action() == MarkAction.SET) {
      for (RelativePath path : paths) {
        if (index.ignores(path)) {
          index.request(path);
        }
      }
    }
    return arena
        .store()
        .read(reader -> {
          Marks marks = arena.marks(reader);
          List<MarkStatus> statuses = new ArrayList<>();
          for (RelativePath path : paths.isEmpty() ? reader.marks().keySet() : paths) {
            statuses.add(new MarkStatus(arena.name(), path, marks.of(path), !marks.isSetOn(path)));
          }
          return statuses;
        });
  }

  private static String word(MarkAction action) {
    return action.name().toLowerCase(Locale.ROOT);
  }
}
