package org.realize.sync.view;

import org.realize.sync.port.FileStat;

/**
 * The identity of an inode of a disk among all of the machine, as long as it runs: inode numbers
 * alone are reused.
 *
 * @param birthNanos creation time, 0 where the file system keeps none
 */
record DiskKey(long device, long number, long birthNanos) {

  static DiskKey of(FileStat stat) {
    return new DiskKey(stat.device(), stat.fileKey(), stat.birthNanos());
  }
}
