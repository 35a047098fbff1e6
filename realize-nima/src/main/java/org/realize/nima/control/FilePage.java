package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ConflictReport.VersionKind;
import org.realize.sync.model.Mark;

/**
 * A part of the names that the mount shows in one directory, in the order of their characters.
 *
 * @param next the name to ask with for those after them; null if there are none
 */
public record FilePage(List<FileEntry> entries, @Nullable String next) {

  public static final int MAX_ENTRIES = 500;

  public FilePage {
    entries = List.copyOf(entries);
  }

  /** The place of a file's bytes. */
  public enum FileState {
    /** It is a file of the root. */
    REAL,
    /** All of it is in the cache. */
    CACHED,
    /** A part of it is in the cache. */
    PARTLY,
    /** Only peers have it. */
    ELSEWHERE,
    /** Nobody is known to have it. */
    NOWHERE
  }

  /**
   * One name.
   *
   * @param bytes of a file, else 0
   * @param changed its time of modification
   * @param state of a file, else null
   * @param cachedBytes of a file's shown content that are in the cache
   * @param isConflict true if more than one version is current
   * @param holders the nodes that have all bytes of a file, this one first
   * @param isInherited true if the mark was set on a directory above it, or is the arena's
   */
  public record FileEntry(
      String name,
      VersionKind kind,
      long bytes,
      Instant changed,
      @Nullable FileState state,
      long cachedBytes,
      boolean isConflict,
      List<String> holders,
      Mark mark,
      boolean isInherited) {
    public FileEntry {
      holders = List.copyOf(holders);
    }
  }
}
