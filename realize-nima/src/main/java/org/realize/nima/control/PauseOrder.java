package org.realize.nima.control;

import java.util.List;
import org.realize.sync.model.ArenaName;

/**
 * An order to pause what marks ask for, or to go on with it.
 *
 * @param arenas none for all
 * @param paused false to go on
 * @param seconds the length of the pause; 0 until it is ended
 */
public record PauseOrder(List<ArenaName> arenas, boolean paused, long seconds)
    implements ControlRequest {

  public PauseOrder {
    arenas = List.copyOf(arenas);
  }
}
