package org.realize.sync.view;

import org.realize.sync.model.Inode;
import org.realize.sync.port.FileStat;

/**
 * The whole answer of stat(2) on an inode of a disk.
 *
 * @param stat the part that the index compares
 * @param device the number of a device, see {@link Attributes#device}; 0 for other kinds
 * @param blocks room on the disk, in units of 512 bytes
 */
public record DiskNode(
    FileStat stat, FileKind kind, FileOwner owner, FileTimes times, int device, long blocks) {

  /** The same as the view shows it. */
  public Attributes attributes(Inode inode, boolean isLive) {
    return new Attributes(
        inode,
        kind,
        stat.mode(),
        owner,
        stat.links(),
        stat.sizeBytes(),
        blocks,
        device,
        times,
        isLive);
  }
}
