package org.realize.sync.real;

import org.realize.sync.model.FileTime;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;

/**
 * The part of a stat that a rename leaves as it is: all but the change time and the number of
 * names. A file that was written to, exchanged for another one or given another mode differs.
 */
record Likeness(Kind kind, long sizeBytes, FileTime mtime, int mode, long fileKey) {

  static Likeness of(FileStat stat) {
    return new Likeness(stat.kind(), stat.sizeBytes(), stat.mtime(), stat.mode(), stat.fileKey());
  }

  boolean is(FileStat now) {
    return equals(of(now));
  }
}
