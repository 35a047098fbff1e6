package org.realize.sync.view;

import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;

/**
 * The answer of stat.
 *
 * @param mode permission bits only
 * @param links hard links: 1 for files, 2 or more for directories
 * @param mtime modification time, also reported as ctime and atime
 */
public record Attributes(
    Inode inode, FileKind kind, int mode, long sizeBytes, int links, FileTime mtime) {

  /** In units of 512 bytes, derived from the size. */
  public long blocks() {
    return (sizeBytes + 511) / 512;
  }
}
