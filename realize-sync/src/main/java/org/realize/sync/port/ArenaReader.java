package org.realize.sync.port;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;

/**
 * One arena's rows as of one commit. Valid only inside the {@link ArenaStore#read} or {@link
 * ArenaStore#write} that handed it out, on that thread. No call depends on the arena's size unless
 * it says so.
 */
public interface ArenaReader {

  ArenaName arena();

  // ---- the visible tree

  /** The inode of the arena's root directory. */
  Inode root();

  /**
   * The visible child {@code name} of {@code directory}; empty also if that is no directory here.
   */
  Optional<Node> child(Inode directory, String name) throws StorageFailed;

  Optional<Node> node(Inode inode) throws StorageFailed;

  /** The path of a visible inode. Costs one look-up per level. */
  Optional<RelativePath> pathOf(Inode inode) throws StorageFailed;

  /**
   * Visible children of {@code directory} after {@code cursor} (0 at the start), at most {@code
   * max}. Cursors are in [1, 2^61), ascending, and valid for ever: what is visible during the whole
   * listing comes exactly once. Names come in the order of their {@link NameHash}, which is in
   * their cursors.
   */
  List<Listed> list(Inode directory, long cursor, int max) throws StorageFailed;

  Totals totals() throws StorageFailed;

  // ---- paths

  Optional<PathState> path(RelativePath path) throws StorageFailed;

  /**
   * States of all known direct children of {@code directory}, tombstones included, by name. Cost:
   * the directory.
   */
  SortedMap<String, PathState> children(RelativePath directory) throws StorageFailed;

  /**
   * Paths with a conflict, {@link org.realize.sync.rules.Judgement#isConflict}, in no order, at
   * most {@code max}. Cost: their number.
   */
  List<RelativePath> conflicts(int max) throws StorageFailed;

  /**
   * States of the paths after {@code after} in path order, at most {@code max}. Cost: the page, and
   * all names of each directory that holds a part of it, or lies above it.
   */
  List<PathState> paths(RelativePath after, int max) throws StorageFailed;

  /**
   * The renames of directories of which {@link ArenaWriter#advanceRenames} has steps left. Readers
   * need not know of them: every path is as if all were done, but for its place in the feed. Only
   * {@link #paths} and {@link #feed} list what is known by its old name, until its step.
   */
  List<TreeRename> renames() throws StorageFailed;

  /**
   * True if all that is known below {@code from} can have a path below {@code to}. Cost: mostly
   * none, else all that is below.
   */
  boolean fits(RelativePath from, RelativePath to) throws StorageFailed;

  // ---- the change feed

  /** The highest sequence number in use; 0 at the start. */
  long headSeq() throws StorageFailed;

  /** Paths in the feed above {@code afterSeq}, in order of sequence, at most {@code max}. */
  List<PathState> feed(long afterSeq, int max) throws StorageFailed;

  /** How far we have committed that store's feed; 0 at the start. */
  long progress(StoreId store) throws StorageFailed;

  /**
   * Paths on which {@code store} has a report, after {@code after} in path order. Cost: the arena.
   */
  List<RelativePath> reportedBy(StoreId store, RelativePath after, int max) throws StorageFailed;

  // ---- marks, findings, small rows

  /** All marks that the user set. Kept in memory. */
  Map<RelativePath, Mark> marks() throws StorageFailed;

  /** Findings in no order, at most {@code max}. */
  List<Finding> findings(int max) throws StorageFailed;

  /** The value of a small row; empty when never put. */
  <T> Optional<T> row(Rows<T> row) throws StorageFailed;

  // ---- contents

  /**
   * The child hashes of one inner node of a content's hash tree, 32 bytes each, at most 1,024 of
   * them.
   *
   * @param level 1 for a node whose children are leaves
   */
  Optional<byte[]> treeNode(ContentHash content, int level, long index) throws StorageFailed;

  Optional<BlobRow> blob(ContentHash hash) throws StorageFailed;

  /** All blobs. Cost: their number. */
  List<BlobRow> blobs() throws StorageFailed;

  /**
   * The blobs after {@code after}, {@link BlobPage#START} or an earlier page's {@code next}, at
   * most {@code max}. What is there during the whole listing comes exactly once. Cost: the page.
   */
  BlobPage blobPage(long after, int max) throws StorageFailed;

  /**
   * Those that no path refers to or holds, of the {@code max} blobs after {@code after}. Cost: the
   * page, and all holds.
   */
  BlobPage unreferencedBlobs(long after, int max) throws StorageFailed;

  /**
   * Paths of which a current version, shown or an alternative, has this content, where a blob of it
   * exists; at most {@code max}.
   */
  List<RelativePath> blobReferences(ContentHash hash, int max) throws StorageFailed;

  /** True if {@code path} is among all {@link #blobReferences} of {@code hash}. */
  boolean isBlobReferred(ContentHash hash, RelativePath path) throws StorageFailed;

  /** The blob that {@code path} holds, see {@link ArenaWriter#put}. It may be gone. */
  Optional<BlobHold> blobHold(RelativePath path) throws StorageFailed;

  /** All holds in no order, at most {@code max}. */
  List<BlobHold> blobHolds(int max) throws StorageFailed;

  /** Files that lost conflicts, in no order, at most {@code max}; see {@link ArenaWriter#put}. */
  List<LostSide> lostSides(int max) throws StorageFailed;
}
