package org.realize.sync.rules;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;

/** Which mark holds at a path. */
public final class MarkRules {

  /** A mark and the path that it was set on, the arena's root if it is the arena's own. */
  public record Effective(Mark mark, RelativePath source) {}

  private MarkRules() {}

  /** The arena's own mark where the configuration names none: own with a root, else watch. */
  public static Mark arenaMark(@Nullable Mark configured, boolean hasRoot) {
    return configured != null ? configured : hasRoot ? Mark.OWN : Mark.WATCH;
  }

  /** The mark of the nearest marked ancestor or of the path itself, then the arena's. */
  public static Effective effective(
      Map<RelativePath, Mark> marks, Mark arenaMark, RelativePath path) {
    if (!marks.isEmpty()) {
      for (RelativePath at = path; ; at = at.parent().orElseThrow()) {
        Mark mark = marks.get(at);
        if (mark != null) {
          return new Effective(mark, at);
        }
        if (at.isRoot()) {
          break;
        }
      }
    }
    return new Effective(arenaMark, RelativePath.ROOT);
  }

  /** How a mark acts: to own is to keep while there is no root, or while it is paused. */
  public static Mark acting(Mark mark, boolean rootUsable) {
    return mark == Mark.OWN && !rootUsable ? Mark.KEEP : mark;
  }

  /** The marks after a local rename of {@code from} to {@code to}: they move with the files. */
  public static Map<RelativePath, Mark> moved(
      Map<RelativePath, Mark> marks, RelativePath from, RelativePath to) {
    Map<RelativePath, Mark> next = new TreeMap<>();
    marks.forEach((path, mark) -> {
      if (!from.contains(path) && !to.contains(path)) {
        next.put(path, mark);
      }
    });
    marks.forEach((path, mark) -> {
      if (from.contains(path)) {
        String below = path.toString().substring(from.toString().length());
        next.put(RelativePath.of(to + below), mark);
      }
    });
    return next;
  }
}
