package org.realize.nima.control;

import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/** A path of an arena; as text, the arena's name and the path in it, as below the mount. */
public record ArenaPath(ArenaName arena, RelativePath path) {

  @Override
  public String toString() {
    return path.isRoot() ? arena.toString() : arena + "/" + path;
  }
}
