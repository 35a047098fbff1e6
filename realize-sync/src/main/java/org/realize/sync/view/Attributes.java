package org.realize.sync.view;

import org.realize.sync.model.Inode;

/**
 * What stat answers.
 *
 * @param mode permission bits only
 * @param links hard links: 1 for files, 2 or more for directories
 * @param mtimeNanos nanoseconds since 1970 UTC, also reported as ctime and atime
 */
public record Attributes(
    Inode inode, FileKind kind, int mode, long sizeBytes, int links, long mtimeNanos) {

  /** In units of 512 bytes, derived from the size. */
  public long blocks() {
    return (sizeBytes + 511) / 512;
  }
}
