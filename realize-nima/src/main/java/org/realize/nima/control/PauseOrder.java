package org.realize.nima.control;

import java.util.List;

/**
 * An order to pause what marks ask for, or to go on with it.
 *
 * @param names of arenas and peers; none for all arenas, to go on for all peers too
 * @param ofPeers true if the names are of peers, also where an arena has one of them
 * @param paused false to go on
 * @param release true to close all that is open below the roots of the arenas
 * @param seconds the length of the pause; 0 until it is ended
 */
public record PauseOrder(
    List<String> names, boolean ofPeers, boolean paused, boolean release, long seconds)
    implements ControlRequest {

  public PauseOrder {
    names = List.copyOf(names);
  }
}
