package org.realize.nima.control;

import java.util.List;
import org.realize.sync.model.ArenaName;

/**
 * The distance of arenas from being in sync.
 *
 * @param done true of the last event
 */
public record SyncEvent(boolean done, List<ArenaProgress> arenas) {

  public SyncEvent {
    arenas = List.copyOf(arenas);
  }

  /**
   * One arena.
   *
   * @param settled nothing is left to do that could be done now
   * @param waitsFor what is being waited for; empty once it is settled
   * @param problems what is not in sync all the same, one line each
   */
  public record ArenaProgress(
      ArenaName arena, boolean settled, String waitsFor, List<String> problems) {
    public ArenaProgress {
      problems = List.copyOf(problems);
    }
  }
}
