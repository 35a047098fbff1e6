package org.realize.sync.view;

import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;

/**
 * The mount's file system without a kernel: inodes, names and bytes of all arenas. Inodes are
 * persistent and never reused, so a driver uses {@link Inode#value} as the kernel's node id with
 * generation 0 and needs no look-up counts.
 *
 * <p>Failures: {@code NotFound} (ENOENT), {@code NotADirectory}, {@code IsADirectory}, {@code
 * Unreachable} (EHOSTUNREACH), {@code StorageFailed} (EIO) and the rest of {@link
 * RealizeException}, mapped once by the driver.
 */
public interface FileView extends Region {

  /** Size and free space of the file system that holds local bytes. */
  Capacity capacity() throws RealizeException;

  /** Adds a listener for changes that did not come through this view's own driver. */
  void addListener(ViewListener listener);
}
