package org.realize.sync.real;

import java.util.Iterator;
import java.util.Optional;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * The knowledge about one file in the trash.
 *
 * @param path its name before, within its place
 * @param isUnknown it is not known whether it was open for writing when it came
 * @param isPinned others keep these bytes for this peer: it is deleted first
 * @param quietSinceMillis the observed time since which its stat is this one
 */
record TrashNote(
    RelativePath path,
    long sizeBytes,
    FileTime mtime,
    long fileKey,
    boolean isUnknown,
    boolean isPinned,
    long quietSinceMillis) {

  private static final String SEPARATOR = "\0";

  static TrashNote of(
      RelativePath path, FileStat stat, boolean isUnknown, boolean isPinned, long nowMillis) {
    return new TrashNote(
        path, stat.sizeBytes(), stat.mtime(), stat.fileKey(), isUnknown, isPinned, nowMillis);
  }

  /** True if nothing was written to the file since; a rename has moved its change time. */
  boolean isSame(FileStat now) {
    return sizeBytes == now.sizeBytes() && mtime.equals(now.mtime()) && fileKey == now.fileKey();
  }

  /** The same file with other bytes, which no other peer keeps. */
  TrashNote changed(FileStat now, long nowMillis) {
    return of(path, now, isUnknown, false, nowMillis);
  }

  String encode() {
    return String.join(
            SEPARATOR,
            path.toString(),
            Long.toString(sizeBytes),
            Long.toString(mtime.seconds()),
            Integer.toString(mtime.nanos()),
            Long.toString(fileKey),
            Boolean.toString(isUnknown),
            Boolean.toString(isPinned),
            Long.toString(quietSinceMillis))
        + SEPARATOR;
  }

  /** The next note of a text; empty at its end, and where a power cut has torn it. */
  static Optional<TrashNote> next(Iterator<String> fields) {
    try {
      String[] values = new String[8];
      for (int i = 0; i < values.length; i++) {
        if (!fields.hasNext()) {
          return Optional.empty();
        }
        values[i] = fields.next();
      }
      return Optional.of(
          new TrashNote(
              RelativePath.of(values[0]),
              Long.parseLong(values[1]),
              new FileTime(Long.parseLong(values[2]), Integer.parseInt(values[3])),
              Long.parseLong(values[4]),
              Boolean.parseBoolean(values[5]),
              Boolean.parseBoolean(values[6]),
              Long.parseLong(values[7])));
    } catch (IllegalArgumentException torn) {
      return Optional.empty();
    }
  }
}
