package org.realize.nima.control;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.move.MoveTotals;

/**
 * One line of what happens in a move.
 *
 * @param path in the arena; null where it is about the whole move
 * @param bytes the size of the file
 * @param message for people: why, or at the end what is left to know; null where there is nothing
 * @param totals how far the whole move is; null in events about one file
 */
public record MoveEvent(
    MoveEventKind kind,
    @Nullable ArenaName arena,
    @Nullable String path,
    long bytes,
    @Nullable String message,
    @Nullable MoveTotals totals) {

  /** The kind of an event. */
  public enum MoveEventKind {
    /** A file has arrived, and the source is given up unless this copies. */
    MOVED,
    /** The target had it already; the source is given up unless this copies. */
    WAS_THERE,
    /** A dry run would move it. */
    WOULD_MOVE,
    /** A dry run would find it at the target: compared first. */
    WOULD_COMPARE,
    RETRYING,
    /** A file stays where it is. */
    FAILED,
    /** Sent at least every second. */
    PROGRESS,
    /** All files are moved or have failed. The last event is this one or the next. */
    DONE,
    /** The move ended because its time was over. */
    OUT_OF_TIME
  }
}
