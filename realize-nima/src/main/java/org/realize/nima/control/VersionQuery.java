package org.realize.nima.control;

import java.util.List;

/**
 * A question about versions.
 *
 * @param paths of files, or directories for all below them; none for all arenas
 * @param withCurrent false for only those in the trash
 */
public record VersionQuery(List<ArenaPath> paths, boolean withCurrent) implements ControlRequest {

  public VersionQuery {
    paths = List.copyOf(paths);
  }
}
