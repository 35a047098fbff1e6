package org.realize.sync.port;

import org.realize.sync.model.FileTime;

/**
 * The attributes of one name of a disk, links not followed.
 *
 * @param mode permission bits only
 * @param mtime modification time, which programs may set to any year
 * @param ctimeNanos change time by the clock of the machine, nanoseconds since 1970 UTC
 * @param fileKey the file system's inode number
 * @param device the device it lies on
 * @param birthNanos creation time, nanoseconds since 1970 UTC; 0 where the file system keeps none
 * @param mount the mount it was reached through, by a number that is used once in each start of the
 *     machine, before Linux 6.8 again and again: so it says that a mount is another one, and that
 *     it is the same only beside a stat of the same moment; 0 where it is not known
 */
public record FileStat(
    Kind kind,
    long sizeBytes,
    int mode,
    FileTime mtime,
    long ctimeNanos,
    long fileKey,
    long device,
    int links,
    long birthNanos,
    long mount) {

  /** The kind of the object at the name. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A device, socket or fifo: never shared. */
    OTHER
  }

  /** The same with another mode. */
  public FileStat withMode(int other) {
    return new FileStat(
        kind, sizeBytes, other, mtime, ctimeNanos, fileKey, device, links, birthNanos, mount);
  }

  /**
   * True if a directory of this stat and one of its names of stat {@code below}, both of the same
   * moment, lie in different mounts or file systems.
   */
  public boolean isMountAbove(FileStat below) {
    return mount != below.mount
        || (below.kind == Kind.DIRECTORY && kind == Kind.DIRECTORY && device != below.device);
  }

  /** True if {@code other}, of the same moment, is of the same mount and file system. */
  public boolean isSameMount(FileStat other) {
    return mount == other.mount && device == other.device;
  }

  /**
   * True if {@code later}, of the same name, tells of the same unchanged file: kind, size, times
   * and file key. Not the device, whose number may change with every mount.
   */
  public boolean sameFile(FileStat later) {
    return ctimeNanos == later.ctimeNanos && sameBytes(later);
  }

  /**
   * As {@link #sameFile}; of a directory, whose size and times change with its names, only inode
   * and mode count.
   */
  public boolean sameEntry(FileStat later) {
    return kind == Kind.DIRECTORY
        ? later.kind == kind && later.fileKey == fileKey && later.mode == mode
        : sameFile(later);
  }

  /**
   * True if {@code other}, of any name, is of the same inode, and no write has changed its size or
   * time: kind, size, mtime, file key and, where both are known, creation time. The ctime may
   * differ, which a rename, a link and a change of mode move too.
   */
  public boolean sameBytes(FileStat other) {
    return sizeBytes == other.sizeBytes && mtime.equals(other.mtime) && sameInode(other);
  }

  /**
   * True if {@code other}, of any name, is of the same object, written or not: kind, file key and,
   * where both are known, creation time. Not the device, whose number may change with every mount.
   */
  public boolean sameInode(FileStat other) {
    return kind == other.kind
        && fileKey == other.fileKey
        && (birthNanos == other.birthNanos || birthNanos == 0 || other.birthNanos == 0);
  }
}
