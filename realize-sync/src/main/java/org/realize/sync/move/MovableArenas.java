package org.realize.sync.move;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException.NotFound;

/** The arenas of this machine that have a root, by name, and their engagements. Thread-safe. */
public final class MovableArenas {
  private final Engagements engagements;
  private final Map<ArenaName, MovableArena> arenas = new ConcurrentHashMap<>();

  /** None yet. */
  public MovableArenas(Engagements engagements) {
    this.engagements = engagements;
  }

  /** Lets files of an arena be moved from now on. */
  public void serve(ArenaName arena, MovableArena files) {
    arenas.put(arena, files);
  }

  /** Lets no further move begin of an arena's files. */
  public void withdraw(ArenaName arena) {
    arenas.remove(arena);
  }

  /** An arena; its files may be used only while it is engaged. */
  public MovableArena arena(ArenaName arena) throws NotFound {
    MovableArena movable = arenas.get(arena);
    if (movable == null) {
      throw new NotFound("no arena '" + arena + "' with a root");
    }
    return movable;
  }

  /** What is engaged. */
  public Engagements engagements() {
    return engagements;
  }
}
