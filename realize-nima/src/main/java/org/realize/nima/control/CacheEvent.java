package org.realize.nima.control;

import org.jspecify.annotations.Nullable;

/**
 * One line of what happens to cached files.
 *
 * @param path the arena's name and the path in it; null where it is about all
 * @param bytes the size of the file, or of the part that was read
 * @param message why, for people; null where there is nothing to say
 * @param totals how far all is; null in events about one file
 */
public record CacheEvent(
    CacheEventKind kind,
    @Nullable String path,
    long bytes,
    @Nullable String message,
    @Nullable WorkTotals totals) {

  /** The kind of an event. */
  public enum CacheEventKind {
    /** A version of a file is the shown one. */
    CHOSEN,
    /** A file is back from the trash. */
    RESTORED,
    /** A file is deleted from the trash. */
    PURGED,
    /** A peer deleted files from its trash; the message says which and how many. */
    PURGED_AT,
    /** A peer keeps files in its trash. */
    STAYS_AT,
    /** A peer was not reached, or refused. */
    NOT_PURGED_AT,
    FETCHED,
    /** All bytes were here already. */
    WAS_HERE,
    EVICTED,
    /** Nothing of it was cached. */
    WAS_NOT_HERE,
    /** Its bytes must stay, or are in use. */
    STAYS,
    /** A file with the same bytes has the name already. */
    SAME,
    SOUND,
    /** Wrong bytes were found; the message says whether they were replaced. */
    DAMAGED,
    /** A program has changed the file since it was indexed. */
    CHANGED,
    FAILED,
    /** Sent now and then. */
    PROGRESS,
    DONE
  }

  /**
   * The running totals of the work.
   *
   * @param files of all paths, as listed at the start
   * @param bytes of these files
   * @param failedFiles for which it could not be done, or that are damaged
   */
  public record WorkTotals(
      long files, long bytes, long doneFiles, long doneBytes, long failedFiles) {}
}
