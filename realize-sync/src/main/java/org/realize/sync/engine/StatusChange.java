package org.realize.sync.engine;

/**
 * The begin or the end of what {@code status} lists of an arena.
 *
 * @param hasEnded false of the begin
 * @param subject the path or name that it is about; empty where it is about several, or the whole
 *     arena
 * @param text one line, the same at the begin and at the end
 */
public record StatusChange(ChangeKind kind, boolean hasEnded, String subject, String text) {

  /** The kind of what is listed. */
  public enum ChangeKind {
    CONFLICT,
    HELD,
    IN_DOUBT,
    FAILED,
    DAMAGED,
    SKIPPED,
    ONLY_HERE,
    /** Further changes of the same moment, which the text counts. */
    OTHERS
  }

  /** The text as it is logged. */
  public String line() {
    return (hasEnded ? "ended: " : "") + text;
  }

  StatusChange ended() {
    return new StatusChange(kind, true, subject, text);
  }
}
