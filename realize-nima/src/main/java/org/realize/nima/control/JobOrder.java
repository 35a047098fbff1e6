package org.realize.nima.control;

import java.util.List;

/**
 * An order about the work that is left to do.
 *
 * @param paths of files, or directories for all below them; none for all arenas
 * @param retry true to retry at once what failed or waits for a peer
 */
public record JobOrder(List<ArenaPath> paths, boolean retry) {

  public JobOrder {
    paths = List.copyOf(paths);
  }
}
