package org.realize.nima.control;

import java.util.List;
import org.realize.sync.engine.FilesJob;

/**
 * An order for cached files.
 *
 * @param paths each an arena's name and a path in it, as below the mount, or an absolute path in
 *     the mount; of a directory, all files in it; none for all files of all arenas
 */
public record CacheOrder(FilesJob.Task task, List<String> paths) {

  public CacheOrder {
    paths = List.copyOf(paths);
  }
}
