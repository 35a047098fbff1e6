package org.realize.sync.model;

/**
 * The attributes that travel beside a version without being one: permission bits of the path and
 * the mtime of its content, each a last-writer register.
 *
 * @param mode the permission bits, {@code 07777} at most
 * @param mtime modification time; the epoch and meaningless for directories
 */
public record Metadata(int mode, Stamp modeStamp, FileTime mtime, Stamp mtimeStamp) {

  public Metadata {
    if ((mode & ~07777) != 0) {
      throw new IllegalArgumentException("mode " + Integer.toOctalString(mode) + " above 07777");
    }
  }

  /** Register by register, the one with the higher stamp. Commutative, associative, idempotent. */
  public Metadata join(Metadata other) {
    boolean ownMode = modeStamp.compareTo(other.modeStamp) >= 0;
    boolean ownMtime = mtimeStamp.compareTo(other.mtimeStamp) >= 0;
    return new Metadata(
        ownMode ? mode : other.mode,
        ownMode ? modeStamp : other.modeStamp,
        ownMtime ? mtime : other.mtime,
        ownMtime ? mtimeStamp : other.mtimeStamp);
  }
}
