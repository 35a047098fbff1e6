package org.realize.store.arena;

/**
 * The families of an arena's rows: the first part of each row's key. The numbers are part of the
 * format and never change.
 */
final class Family {
  /** The arena's counters and root inode. */
  static final int HEAD = 1;

  /** The names of the visible tree, by directory ({@link TreeRows}). */
  static final int TREE = 2;

  /** The place of each inode's name in that tree. */
  static final int INODE = 3;

  /** The states of all known paths, by directory number ({@link PathRows}). */
  static final int PATH = 4;

  /** The parent of each directory number. */
  static final int DIRECTORY = 5;

  /** The change feed: sequence numbers and the paths that have them ({@link FeedRows}). */
  static final int FEED = 6;

  /** Bitmaps of the feed's pages that are not empty. */
  static final int FEED_PAGES = 7;

  /** How far each peer's feed is read ({@link SmallRows}). */
  static final int PROGRESS = 8;

  /** All marks, in one row. */
  static final int MARKS = 9;

  /** What users should know. */
  static final int FINDING = 10;

  /** Rows of other parts of the program, by name. */
  static final int CALLER = 11;

  /** Nodes of hash trees, by content, level and index. */
  static final int TREE_NODE = 12;

  /** The sizes of a hash tree's levels, by content. */
  static final int TREE_LEVELS = 13;

  /** Size, file, sums and use of each blob, by hash ({@link BlobRows}). */
  static final int BLOB = 14;

  /** The ranges of a blob that are stored. */
  static final int BLOB_RANGES = 15;

  /** The paths that show a blob. */
  static final int BLOB_REFERENCE = 16;

  /** Blobs that paths need beside what they show ({@link HoldRows}). */
  static final int BLOB_HOLD = 17;

  /** Paths in conflict. */
  static final int CONFLICT = 18;

  /** Files that lost a conflict ({@link LostSideRows}). */
  static final int LOST_SIDE = 19;

  private Family() {}
}
