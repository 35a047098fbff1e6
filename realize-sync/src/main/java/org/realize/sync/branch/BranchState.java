package org.realize.sync.branch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;

/** The bytes of a branch that are in its file, and those that are the base's. */
final class BranchState {

  private final HereRanges here = new HereRanges();
  private long sizeBytes;

  /** Where bytes end that may be of the base: the smallest size that there was. */
  private long baseBytes;

  /** A branch in which nothing is written. */
  BranchState(long sizeBytes) {
    this.sizeBytes = sizeBytes;
    this.baseBytes = sizeBytes;
  }

  static BranchState of(BranchRecord.State record) {
    BranchState state = new BranchState(record.baseBytes());
    record.here().forEach(range -> state.here.add(range.startBytes(), range.endBytes()));
    state.sizeBytes = record.sizeBytes();
    return state;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** True if all of it is that of a base of this size: nothing was written, nor filled in. */
  boolean isBase(long bytes) {
    return sizeBytes == bytes && baseBytes == bytes && here.ranges().isEmpty();
  }

  void written(long start, long end) {
    here.add(start, Math.min(end, baseBytes));
    sizeBytes = Math.max(sizeBytes, end);
  }

  void resized(long size) {
    sizeBytes = size;
    if (size < baseBytes) {
      baseBytes = size;
      here.cut(size);
    }
  }

  /** The parts of {@code [start, end)} that are the base's. */
  List<ByteRange> missing(long start, long end) {
    return here.missing(start, Math.min(end, baseBytes));
  }

  /** True if a write there changes no more than the bytes of the file. */
  boolean holds(long start, long end) {
    return end <= sizeBytes && missing(start, end).isEmpty();
  }

  /** The bytes from the first on that is the base's, {@code maxBytes} at most; null if none is. */
  @Nullable ByteRange firstMissing(long maxBytes) {
    long start = here.firstMissing(baseBytes);
    return start == baseBytes ? null : new ByteRange(start, Math.min(baseBytes, start + maxBytes));
  }

  BranchRecord.State record() {
    return new BranchRecord.State(sizeBytes, baseBytes, here.ranges());
  }
}
