package org.realize.nima.control;

import java.util.List;

/**
 * What shall be done with cached files.
 *
 * @param paths each an arena's name and a path in it, as below the mount, or an absolute path in
 *     the mount; of a directory, all files in it; none for all files of all arenas
 */
public record CacheOrder(Job job, List<String> paths) {

  /** What shall be done. */
  public enum Job {
    /** Have all bytes here. */
    FETCH,
    /** Let the bytes go that other peers have. */
    EVICT,
    /** Read the bytes that are here once more, compare them with their hashes, and repair them. */
    VERIFY
  }

  public CacheOrder {
    paths = List.copyOf(paths);
  }
}
