package org.realize.sync.port;

import org.realize.sync.model.RelativePath;

/**
 * Something about a path that the user should know, with its cause in one line.
 *
 * @param subject the path, or a printable form of a name that is no valid path
 */
public record Finding(Kind kind, String subject, String cause, long sinceMillis) {

  /** Why it is listed. */
  public enum Kind {
    /** A local name that is never shared. */
    SKIPPED,
    /** A subtree from which nothing is reported until it is certain again. */
    PAUSED,
    /** A peer's change that waits for the user's confirmation. */
    HELD,
    /** Work that went wrong and is retried. */
    FAILED
  }

  public static Finding of(Kind kind, RelativePath path, String cause, long sinceMillis) {
    return new Finding(kind, path.toString(), cause, sinceMillis);
  }
}
