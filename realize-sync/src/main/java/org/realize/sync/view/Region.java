package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;

/**
 * A part of a view, which holds some of its inodes: an arena, a directory above the arenas, or the
 * whole view. Every call answers from local state without waiting for a peer, but {@link
 * OpenFile#read}, which says so. Thread-safe.
 */
public interface Region {

  /** The child {@code name} of {@code directory}. {@code .} and {@code ..} are the driver's. */
  Attributes lookup(Inode directory, String name) throws RealizeException;

  Attributes attributes(Inode inode) throws RealizeException;

  /**
   * The directory that holds {@code inode}; the root's is the root. Only the whole view has it of
   * an arena's root.
   */
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

  /**
   * Sets an extended attribute that is the view's own, {@code user.realize.*}, or with null removes
   * it: EPERM for those that cannot be set.
   */
  default void setOwnAttribute(
      Inode inode, String name, byte @Nullable [] value, AttributeSetting setting)
      throws RealizeException {
    throw new CallFailed("set the attribute " + name + " of " + inode, Errno.EPERM);
  }
}
