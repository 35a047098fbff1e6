package org.realize.sync.view;

import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;

/**
 * The answer of stat.
 *
 * @param mode permission bits only
 * @param links hard links: 1 for files, 2 or more for directories
 * @param mtime modification time, also reported as ctime and atime
 * @param isLive true if a program is changing the file, so that they may be others in a moment
 */
public record Attributes(
    Inode inode,
    FileKind kind,
    int mode,
    long sizeBytes,
    int links,
    FileTime mtime,
    boolean isLive) {

  /** Attributes that stay until listeners are notified. */
  public Attributes(
      Inode inode, FileKind kind, int mode, long sizeBytes, int links, FileTime mtime) {
    this(inode, kind, mode, sizeBytes, links, mtime, false);
  }

  /** In units of 512 bytes, derived from the size. */
  public long blocks() {
    return (sizeBytes + 511) / 512;
  }
}
