package org.realize.sync.view;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskUsage;

/**
 * One directory tree of a local file system as programs change it: each call is the system call of
 * its name, made as the caller, with the answer of the file system ({@code CallFailed} with its
 * errno). Paths never leave the tree, and no symbolic link in it is followed. {@link
 * org.realize.sync.port.Disk} is the same tree for Realize's own use.
 *
 * <p>A daemon of root makes calls with the user and groups of the caller, and without the right to
 * use more than a quota or reserve leaves; directories on the way to a name are searched by its own
 * rights. Any other daemon makes them as its own user. Durability is the file system's. No call
 * waits for a peer. Thread-safe.
 */
public interface EditableDisk {

  /** A complete listing: names, without those that are no valid UTF-8. */
  List<String> names(RelativePath directory) throws RealizeException;

  /** Null when there is nothing at {@code path}, also for want of a directory above it. */
  @Nullable DiskNode stat(RelativePath path) throws RealizeException;

  /** As {@link #stat} for names of one directory, in their order; costs less than one by one. */
  List<@Nullable DiskNode> stats(RelativePath directory, List<String> names)
      throws RealizeException;

  /** What is at {@code path}, for calls on its inode; the caller closes it. */
  EditedNode node(RelativePath path) throws RealizeException;

  /** Opens a regular file that is there. */
  EditedFile open(RelativePath path, OpenFlags flags, Caller caller) throws RealizeException;

  /** Makes a regular file and opens it; opens what is there but for O_EXCL. */
  EditedFile create(RelativePath path, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException;

  /** Makes a regular file without a name on the file system of {@code directory}. */
  EditedFile createNameless(RelativePath directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException;

  DiskNode makeNode(RelativePath path, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException;

  DiskNode makeDirectory(RelativePath path, NewMode mode, Caller caller) throws RealizeException;

  DiskNode makeLink(RelativePath path, String target, Caller caller) throws RealizeException;

  void rename(RelativePath from, RelativePath to, RenameKind kind, Caller caller)
      throws RealizeException;

  void remove(RelativePath path, Caller caller) throws RealizeException;

  void removeDirectory(RelativePath path, Caller caller) throws RealizeException;

  /** Makes the names in {@code directory} durable. */
  void force(RelativePath directory) throws RealizeException;

  /** The room of the file system that holds {@code directory}. */
  DiskUsage usage(RelativePath directory) throws RealizeException;
}
