package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
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

  /** Refuses what cannot be done with one of the paths. */
  void check(MarkAction action, Collection<RelativePath> paths) throws RealizeException {
    Marks marks = arena.store().read(arena::marks);
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
