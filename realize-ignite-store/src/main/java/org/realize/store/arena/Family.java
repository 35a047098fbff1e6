package org.realize.store.arena;

/** The families of an arena's rows. The numbers are part of the format. */
final class Family {
  static final int HEAD = 1;
  static final int TREE = 2;
  static final int INODE = 3;
  static final int PATH = 4;
  static final int DIRECTORY = 5;
  static final int FEED = 6;
  static final int FEED_PAGES = 7;
  static final int PROGRESS = 8;
  static final int MARKS = 9;
  static final int FINDING = 10;
  static final int SMALL = 11;
  static final int NODE = 12;
  static final int NODES = 13;
  static final int BLOB = 14;
  static final int BLOB_RANGES = 15;
  static final int BLOB_REFERENCE = 16;
  static final int BLOB_HOLD = 17;
  static final int CONFLICT = 18;
  static final int LOST_SIDE = 19;

  private Family() {}
}
