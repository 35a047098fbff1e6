package org.realize.nima.cli;

import java.util.List;
import org.realize.nima.config.ArenaSettings;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;

/** A path below an arena, as a user names it: the arena's name, then the path in it. */
record ArenaPath(ArenaName arena, RelativePath path) {

  static final String HELP = "The path as below the mount: the arena's name, then the path in it.";

  static ArenaPath of(String action, String text, List<ArenaSettings> arenas)
      throws RealizeException {
    for (ArenaSettings arena : arenas) {
      if (text.startsWith(arena.name() + "/")) {
        String inside = text.substring(arena.name().value().length() + 1);
        return new ArenaPath(arena.name(), path(action, text, inside));
      }
    }
    throw new NotFound("%s %s: no arena is configured there".formatted(action, text));
  }

  private static RelativePath path(String action, String text, String inside) throws Invalid {
    try {
      RelativePath path = RelativePath.of(inside);
      if (path.isRoot()) {
        throw new Invalid("%s %s: name a path in the arena".formatted(action, text));
      }
      return path;
    } catch (IllegalArgumentException e) {
      throw new Invalid(action + " " + text, e);
    }
  }
}
