package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;

/**
 * An order about marks.
 *
 * @param mark for {@code SET}, else null
 * @param paths none, for {@code GET}, for all that have a mark of their own
 */
public record MarkOrder(MarkAction action, @Nullable Mark mark, List<ArenaPath> paths)
    implements ControlRequest {

  /** The effect of an order. */
  public enum MarkAction {
    GET,
    SET,
    CLEAR
  }

  public MarkOrder {
    if ((action == MarkAction.SET) != (mark != null)) {
      throw new IllegalArgumentException("a mark is for SET, and needed there");
    }
    paths = List.copyOf(paths);
  }
}
