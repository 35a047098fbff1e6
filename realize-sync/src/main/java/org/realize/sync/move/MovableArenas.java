package org.realize.sync.move;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.move.MoveEnd.Role;

/**
 * The arenas of this machine that have a root, for whoever moves files from or to them.
 * Thread-safe.
 */
public final class MovableArenas {
  private final Engagements engagements;
  private final Map<ArenaName, ArenaFiles> arenas = new ConcurrentHashMap<>();

  /** None yet. */
  public MovableArenas(Engagements engagements) {
    this.engagements = engagements;
  }

  /** Lets files of an arena be moved from now on. */
  public void serve(ArenaName arena, ArenaFiles files) {
    arenas.put(arena, files);
  }

  /** The files of an arena; only while it is engaged. */
  public ArenaFiles files(ArenaName arena) throws NotFound {
    ArenaFiles files = arenas.get(arena);
    if (files == null) {
      throw new NotFound("no arena '" + arena + "' with a root here");
    }
    return files;
  }

  /** As {@link Engagements#engage}. */
  public UUID engage(String mover, ArenaName arena, Role role)
      throws RealizeException, InterruptedException {
    files(arena);
    return engagements.engage(mover, arena, role);
  }

  /** As {@link Engagements#begin}. */
  public Engagements.Call begin(UUID engagement, String mover, ArenaName arena)
      throws RealizeException {
    return engagements.begin(engagement, mover, arena);
  }

  /** As {@link Engagements#release}. */
  public void release(UUID engagement, String mover) {
    engagements.release(engagement, mover);
  }
}
