package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkOrder.MarkAction;
import org.realize.nima.control.MarkStatus;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.rules.Marks;

/** The orders of {@code realize mark} on the paths of one arena. Thread-safe: its parts are. */
record ArenaMarks(Arena arena, PathMarks marks) {

  /** Refuses what cannot be done with one of the paths. */
  void check(MarkAction action, Collection<RelativePath> paths) throws RealizeException {
    switch (action) {
      case SET -> marks.checkSet(paths);
      case CLEAR -> marks.checkClear(paths);
      case GET -> marks.checkGet(paths);
    }
  }

  /** Performs an order on paths of this arena, in one commit; returns the marks that hold then. */
  List<MarkStatus> run(MarkOrder order, Collection<RelativePath> paths) throws RealizeException {
    if (order.action() != MarkAction.GET) {
      marks.put(paths, order.mark());
    }
    return arena
        .store()
        .read(reader -> {
          Marks now = arena.marks(reader);
          List<MarkStatus> statuses = new ArrayList<>();
          for (RelativePath path : paths.isEmpty() ? reader.marks().keySet() : paths) {
            statuses.add(new MarkStatus(arena.name(), path, now.of(path), !now.isSetOn(path)));
          }
          return statuses;
        });
  }
}
