package org.realize.store.global;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The inodes of the directories above the arenas, and the range that they are taken from.
 * Immutable.
 */
record Directories(long next, long rangeEnd, Map<String, Long> inodes) {
  static Directories read(byte @Nullable [] row) {
    RowDecoder in = GlobalRows.decoder(row);
    if (in == null) {
      return new Directories(0, 0, Map.of());
    }
    long next = in.getNumber();
    long rangeEnd = in.getNumber();
    Map<String, Long> inodes = new LinkedHashMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      String path = in.getText();
      inodes.put(path, in.getNumber());
    }
    return new Directories(next, rangeEnd, Collections.unmodifiableMap(inodes));
  }

  byte[] encode() {
    RowEncoder out = GlobalRows.encoder().putNumber(next).putNumber(rangeEnd);
    out.putNumber(inodes.size());
    inodes.forEach((path, inode) -> out.putText(path).putNumber(inode));
    return out.toBytes();
  }

  Directories inRange(long start, long end) {
    return new Directories(start, end, inodes);
  }

  /** With the next inode of the range for this path. */
  Directories with(String path) {
    Map<String, Long> more = new LinkedHashMap<>(inodes);
    more.put(path, next);
    return new Directories(next + 1, rangeEnd, Collections.unmodifiableMap(more));
  }
}
