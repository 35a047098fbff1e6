package org.realize.nima.control;

import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/**
 * A report of who holds all bytes of the files that the household shows.
 *
 * @param count how many files there are
 * @param bytes the sum of their sizes
 * @param onlyHere how many of them this node alone is known to hold
 * @param onlyHereBytes the sum of the sizes of these
 * @param files the first {@link #MAX_FILES} of all, in path order; the sender keeps the limit
 */
public record CopyReport(
    long count, long bytes, long onlyHere, long onlyHereBytes, List<FileCopies> files) {

  public static final int MAX_FILES = 10_000;

  public CopyReport {
    files = List.copyOf(files);
  }

  /**
   * The copies of one file.
   *
   * @param holders names of the peers that have reported holding it, and of this node if its own
   *     copy is whole
   */
  public record FileCopies(ArenaName arena, RelativePath path, long bytes, List<String> holders) {
    public FileCopies {
      holders = List.copyOf(holders);
    }
  }
}
