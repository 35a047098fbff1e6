package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;

/**
 * The mount's file system without a kernel: inodes, names and bytes of all arenas. Every call
 * answers from local state without waiting for a peer, but {@link OpenFile#read}, which says so.
 * All methods may be called from any thread. Inodes are persistent and never reused, so a driver
 * uses {@link Inode#value} as the kernel's node id with generation 0 and needs no look-up counts.
 *
 * <p>Failures: {@code NotFound} (ENOENT), {@code NotADirectory}, {@code IsADirectory}, {@code
 * ReadOnly} (EROFS), {@code Unreachable} (EHOSTUNREACH), {@code StorageFailed} (EIO) and the rest
 * of {@link RealizeException}, mapped once by the driver.
 */
public interface FileView {

  /** The child {@code name} of {@code directory}. {@code .} and {@code ..} are the driver's. */
  Attributes lookup(Inode directory, String name) throws RealizeException;

  Attributes attributes(Inode inode) throws RealizeException;

  /** The directory that holds {@code inode}; the root's is the root. */
  Inode parent(Inode inode) throws RealizeException;

  /** The text of a symbolic link. */
  String readLink(Inode inode) throws RealizeException;

  /**
   * Up to {@code maxEntries} children after {@code cursor} (0 for the start), without {@code .} and
   * {@code ..}. An empty answer is the end. A cursor stays valid for ever: an entry that exists
   * during the whole listing is returned exactly once, whatever is added or removed in between.
   * Cursors are in [1, 2^62). Cost depends on {@code maxEntries}, not on the directory's size.
   */
  List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries) throws RealizeException;

  /**
   * Opens a regular file for reading: the version that its inode shows, whatever happens to the
   * name, but a file of this machine's disk as it is there.
   */
  OpenFile open(Inode inode) throws RealizeException;

  /** The value of an extended attribute; empty when there is none of that name. Not listed. */
  Optional<byte[]> attribute(Inode inode, String name) throws RealizeException;

  /** Size and free space of the file system that holds local bytes. */
  Capacity capacity() throws RealizeException;

  /** Adds a listener for changes that did not come through this view's own driver. */
  void addListener(ViewListener listener);
}
