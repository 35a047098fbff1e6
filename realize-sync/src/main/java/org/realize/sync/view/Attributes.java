package org.realize.sync.view;

import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;

/**
 * The answer of stat.
 *
 * @param mode the twelve bits of permissions, set-id and sticky
 * @param blocks room on a disk, in units of 512 bytes
 * @param links hard links: 2 or more for directories, 0 for a file that is open but has no name
 * @param device the number of a device, in the 32 bits of Linux: the low 8 bits of the minor
 *     number, 12 bits of major, the rest of the minor; 0 for other kinds
 * @param isLive true if a program is changing the file, so that they may be others in a moment
 */
public record Attributes(
    Inode inode,
    FileKind kind,
    int mode,
    FileOwner owner,
    int links,
    long sizeBytes,
    long blocks,
    int device,
    FileTimes times,
    boolean isLive) {

  /** Attributes of what is only in the store, or known only so far. */
  public Attributes(
      Inode inode,
      FileKind kind,
      int mode,
      long sizeBytes,
      int links,
      FileTime mtime,
      boolean isLive) {
    this(
        inode,
        kind,
        mode,
        FileOwner.NOT_GIVEN,
        links,
        sizeBytes,
        (sizeBytes + 511) / 512,
        0,
        FileTimes.of(mtime),
        isLive);
  }

  /** Such attributes, which stay until listeners are notified. */
  public Attributes(
      Inode inode, FileKind kind, int mode, long sizeBytes, int links, FileTime mtime) {
    this(inode, kind, mode, sizeBytes, links, mtime, false);
  }

  /** These attributes after the last name was removed. */
  public Attributes withoutLinks() {
    return new Attributes(inode, kind, mode, owner, 0, sizeBytes, blocks, device, times, isLive);
  }
}
