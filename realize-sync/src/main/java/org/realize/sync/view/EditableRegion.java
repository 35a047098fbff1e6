package org.realize.sync.view;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;

/**
 * A region that programs can change. Each call is the system call of its name on Linux: what is on
 * the disk is changed there, with the errno that the disk gives ({@code CallFailed}); what is only
 * in the store is changed there, with the errno of ext4.
 *
 * <p>Who may do what has been checked by the kernel against the attributes that were shown, and is
 * checked by the disk again, for the caller.
 *
 * <p>An inode is valid while it has a name or one of its files is open: attributes, changes,
 * extended attributes, opening it again and a new link all work on a file whose last name is gone.
 * It then has 0 links. All open files of an inode are of one content: what one writes, all read.
 *
 * <p>Durability is that of the disk; of what is only in the store {@link #force} and {@link
 * OpenFile#force}, or 5 s. A call that needs bytes of a peer waits for them, or is {@code
 * WouldWait} in {@link PeerWaits#refuse}. Thread-safe: the kernel lets calls that change one
 * directory, or the size of one file, follow each other, but no others.
 */
public interface EditableRegion extends Region {

  /** Opens a regular file. The caller is told of what it may not do by the file's own calls. */
  OpenFile open(Inode inode, OpenFlags flags, Caller caller) throws RealizeException;

  /**
   * Makes a regular file and opens it. A name that is there is opened instead, but for O_EXCL in
   * {@code flags}, which makes it EEXIST.
   */
  Created create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException;

  /**
   * Makes and opens a regular file without a name, on the file system of {@code directory}; {@link
   * #link} can give it one, unless O_EXCL is in {@code flags}. EOPNOTSUPP where there are none.
   */
  Created createNameless(Inode directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException;

  /**
   * Makes a regular file, fifo, socket or device.
   *
   * @param device see {@link Attributes#device}
   */
  Attributes makeNode(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException;

  Attributes makeDirectory(EntryName at, NewMode mode, Caller caller) throws RealizeException;

  /** Makes a symbolic link with the text {@code target}. */
  Attributes makeLink(EntryName at, String target, Caller caller) throws RealizeException;

  /** Gives {@code inode}, which is no directory, a further name. */
  Attributes link(Inode inode, EntryName at, Caller caller) throws RealizeException;

  void rename(EntryName from, EntryName to, RenameKind kind, Caller caller) throws RealizeException;

  /** Removes a name of what is no directory. */
  void remove(EntryName at, Caller caller) throws RealizeException;

  void removeDirectory(EntryName at, Caller caller) throws RealizeException;

  /**
   * Changes attributes; all of {@code change} or nothing where the disk can do that. Returns those
   * that are there then.
   *
   * @param open the open file through which a program changes the size; null when it named the file
   */
  Attributes change(Inode inode, @Nullable OpenFile open, AttributeChange change, Caller caller)
      throws RealizeException;

  /** Makes the names in {@code directory} durable. */
  void force(Inode directory) throws RealizeException;

  /** The names of the extended attributes that are listed. */
  List<String> attributeNames(Inode inode) throws RealizeException;

  void setAttribute(Inode inode, String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException;

  /** Removes an extended attribute; ENODATA when it is not there. */
  void removeAttribute(Inode inode, String name, Caller caller) throws RealizeException;

  /** Size and free space of the file system that holds what is written here. */
  Capacity capacity(Inode inode) throws RealizeException;
}
