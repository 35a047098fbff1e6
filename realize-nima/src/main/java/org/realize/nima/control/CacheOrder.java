package org.realize.nima.control;

import java.util.List;
import org.realize.sync.engine.FilesJob;

/**
 * An order for cached files.
 *
 * @param paths of a directory, all files in it; none for all files of all arenas
 */
public record CacheOrder(FilesJob.Task task, List<ArenaPath> paths) implements ControlRequest {

  public CacheOrder {
    paths = List.copyOf(paths);
  }
}
