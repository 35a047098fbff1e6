package org.realize.sync.port;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;

/**
 * The writer of one commit of an arena; its reads see what it has written. All its changes are
 * committed together or not at all. Valid only inside the {@link ArenaStore#write} that handed it
 * out, on that thread; an arena has one at a time.
 */
public interface ArenaWriter extends ArenaReader {

  /**
   * Stores {@code state} and keeps the visible tree, the feed and the totals in step with it:
   *
   * <ul>
   *   <li>a shown version that is not absent makes the name visible, and every missing directory
   *       above it (mode 0755 until their own state says otherwise);
   *   <li>a directory stays visible while anything visible lies below it, and goes when its own
   *       version is absent and the last such descendant goes; what lies below a path makes it a
   *       directory whatever its own version;
   *   <li>the inode stays as long as the visible content is equal, for directories, and for a file
   *       of the disk that was edited in place ({@link PathState#showsSameFileAs}); else it is new;
   *   <li>a changed {@link PathState#announcedSeq} moves the path in the feed; the number must be
   *       from {@link #nextSeq} of this commit;
   *   <li>the references of blobs that exist follow the current contents, shown or alternatives:
   *       the path leaves the old ones and joins the new ones;
   *   <li>the path is listed as a conflict while it is one;
   *   <li>a path whose file content is replaced by another one holds the blob of the old one, if it
   *       exists, unless it holds one already that has more bytes. It holds nothing once it shows
   *       what it held, or no file;
   *   <li>a file of which a blob exists and which was a side of a conflict at the path, and is
   *       current there no more, is noted as one that lost, unless it is on the disk.
   * </ul>
   */
  void put(PathState state) throws StorageFailed;

  /**
   * As {@link #put}; the visible name gets {@code inode}, from {@link #reserveInodes} or of another
   * name, which then gets a new one. A directory that holds visible names keeps its inode: then
   * this is {@link #put}.
   */
  void put(PathState state, Inode inode) throws StorageFailed;

  /**
   * Renames a directory with all that is known below it: as if each path below had been put by
   * {@link org.realize.sync.rules.RenameRules}, removed at its old name and added at its new one,
   * whose visible names keep their inodes. A visible name at {@code to} goes, with all below it.
   * The cost does not depend on what is below: that is left to {@link #advanceRenames}. A change of
   * a path does its own step first.
   *
   * @throws IllegalArgumentException if a rename of {@link #renames} touches either name, or not
   *     all that is below {@link #fits}
   */
  void renameTree(TreeRename rename) throws StorageFailed;

  /**
   * Announces the next paths of the oldest of {@link #renames}, directories before what is in them.
   *
   * @param max number of paths
   * @return true if any are left
   */
  boolean advanceRenames(int max) throws StorageFailed;

  /** Inodes that no name gets but by {@link #put(PathState, Inode)}; at least one. */
  InodeBlock reserveInodes(int atMost) throws StorageFailed;

  /** Consecutive inodes. */
  record InodeBlock(Inode first, int count) {}

  /** The next number of the feed: consecutive calls give consecutive numbers. */
  long nextSeq() throws StorageFailed;

  /** Notes that the feed of {@code store} is committed here up to and including {@code seq}. */
  void putProgress(StoreId store, long seq) throws StorageFailed;

  /** Sets or, with null, removes a mark. */
  void putMark(RelativePath path, @Nullable Mark mark) throws StorageFailed;

  /** Adds a finding, or replaces the one of the same key. */
  void putFinding(Finding finding) throws StorageFailed;

  void removeFinding(Finding.Key key) throws StorageFailed;

  <T> void putRow(Rows<T> row, T value) throws StorageFailed;

  void removeRow(Rows<?> row) throws StorageFailed;

  void putTreeNode(ContentHash content, int level, long index, byte[] childHashes)
      throws StorageFailed;

  /** Removes all tree nodes of a content. */
  void removeTree(ContentHash content) throws StorageFailed;

  /** A number for a blob's file, never given out twice. */
  long nextFileId() throws StorageFailed;

  void putBlob(BlobRow blob) throws StorageFailed;

  void removeBlob(ContentHash hash) throws StorageFailed;

  /**
   * Adds a reference that {@link #put} could not, because the blob was made after the content had
   * become current at {@code path}. The caller makes sure that it is current.
   */
  void addBlobReference(ContentHash hash, RelativePath path) throws StorageFailed;

  /**
   * Sets when a hold was first reviewed, if {@code path} still has it; {@link #put} makes holds.
   */
  void putBlobHold(BlobHold hold) throws StorageFailed;

  /** Ends a hold, if {@code path} still has it. */
  void removeBlobHold(BlobHold hold) throws StorageFailed;

  /** Forgets a file that lost a conflict; {@link #put} notes it. */
  void removeLostSide(LostSide side) throws StorageFailed;
}
