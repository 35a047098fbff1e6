package org.realize.sync.port;

import org.realize.sync.model.FileTime;

/**
 * What a disk says of one name, links not followed.
 *
 * @param mode permission bits only
 * @param mtime modification time, which programs may set to any year
 * @param ctimeNanos change time by the clock of the machine, nanoseconds since 1970 UTC
 * @param fileKey the file system's inode number
 * @param device the device it lies on
 */
public record FileStat(
    Kind kind,
    long sizeBytes,
    int mode,
    FileTime mtime,
    long ctimeNanos,
    long fileKey,
    long device,
    int links) {

  /** What stands at the name. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A device, socket or fifo: never shared. */
    OTHER
  }

  /**
   * True if {@code later}, of the same name, tells of the same unchanged file: kind, size, times
   * and file key. Not the device, whose number may change with every mount.
   */
  public boolean sameFile(FileStat later) {
    return kind == later.kind
        && sizeBytes == later.sizeBytes
        && mtime.equals(later.mtime)
        && ctimeNanos == later.ctimeNanos
        && fileKey == later.fileKey;
  }
}
