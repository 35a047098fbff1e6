package org.realize.sync.real;

import org.realize.sync.model.FileTime;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;

/**
 * The part of a stat that a rename leaves as it is: all but the change time and the number of
 * names; of a directory neither size nor time, which change with what is in it. A file that was
 * written to, exchanged for another one or given another mode differs.
 */
record Likeness(Kind kind, long sizeBytes, FileTime mtime, int mode, long fileKey) {
  private static final FileTime NONE = new FileTime(0, 0);

  Likeness {
    if (kind == Kind.DIRECTORY) {
      sizeBytes = 0;
      mtime = NONE;
    }
  }

  static Likeness of(FileStat stat) {
    return new Likeness(stat.kind(), stat.sizeBytes(), stat.mtime(), stat.mode(), stat.fileKey());
  }

  boolean is(FileStat now) {
    return equals(of(now));
  }

  /** True if it is the same file, link or directory, whatever has changed of it. */
  boolean isInode(FileStat now) {
    return kind == now.kind() && fileKey == now.fileKey();
  }

  Likeness withMode(int other) {
    return new Likeness(kind, sizeBytes, mtime, other, fileKey);
  }

  Likeness with(RealChange.Attributes attributes) {
    int bits = kind == Kind.LINK ? mode : attributes.mode();
    return new Likeness(kind, sizeBytes, attributes.mtime(), bits, fileKey);
  }
}
