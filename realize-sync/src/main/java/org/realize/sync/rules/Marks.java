package org.realize.sync.rules;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;

/**
 * The marks of one arena: those that the user set on paths, and the arena's own for all other
 * paths. A mark holds for its path and everything below it down to the next mark.
 */
public final class Marks {

  private final Mark ofArena;
  private final Map<RelativePath, Mark> ofPaths;

  /**
   * Combines both kinds of marks.
   *
   * @param ofArena the mark of paths without a marked ancestor
   * @param ofPaths the marks that the user set; must not change
   */
  public Marks(Mark ofArena, Map<RelativePath, Mark> ofPaths) {
    this.ofArena = ofArena;
    this.ofPaths = ofPaths;
  }

  /** An arena's own mark. Where the configuration names none: own with a root, else watch. */
  public static Mark ofArena(@Nullable Mark configured, boolean hasRoot) {
    return configured != null ? configured : hasRoot ? Mark.OWN : Mark.WATCH;
  }

  /**
   * The mark of {@code path}: its own, else that of its nearest marked ancestor, else the arena's.
   */
  public Mark of(RelativePath path) {
    if (!ofPaths.isEmpty()) {
      for (RelativePath at = path; ; at = at.parent().orElseThrow()) {
        Mark mark = ofPaths.get(at);
        if (mark != null) {
          return mark;
        }
        if (at.isRoot()) {
          break;
        }
      }
    }
    return ofArena;
  }

  /** True if the mark of {@code path} was set on the path itself. */
  public boolean isSetOn(RelativePath path) {
    return ofPaths.containsKey(path);
  }
}
