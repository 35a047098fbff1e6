package org.realize.nima.control;

import java.util.List;

/**
 * A question about the copies of files.
 *
 * @param paths of files, or directories for all below them; none for all arenas
 * @param atRisk true for only those that no other peer is known to hold
 */
public record CopyQuery(List<ArenaPath> paths, boolean atRisk) implements ControlRequest {

  public CopyQuery {
    paths = List.copyOf(paths);
  }
}
