package org.realize.sync.model;

import java.util.ArrayList;
import java.util.List;

/** A set of bytes of one file as disjoint, non-adjacent ranges in ascending order. Immutable. */
public final class ByteRanges {

  public static final ByteRanges EMPTY = new ByteRanges(List.of());

  private final List<ByteRange> ranges;

  private ByteRanges(List<ByteRange> ranges) {
    this.ranges = ranges;
  }

  /** {@code [start, end)}; the empty set when {@code start == end}. */
  public static ByteRanges of(long startBytes, long endBytes) {
    return startBytes == endBytes
        ? EMPTY
        : new ByteRanges(List.of(new ByteRange(startBytes, endBytes)));
  }

  /** The union of {@code ranges}, which may overlap and come in any order. */
  public static ByteRanges union(List<ByteRange> ranges) {
    List<ByteRange> sorted = new ArrayList<>(ranges);
    sorted.sort((a, b) -> Long.compare(a.startBytes(), b.startBytes()));
    List<ByteRange> merged = new ArrayList<>();
    for (ByteRange range : sorted) {
      ByteRange last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && range.startBytes() <= last.endBytes()) {
        merged.set(
            merged.size() - 1,
            new ByteRange(last.startBytes(), Math.max(last.endBytes(), range.endBytes())));
      } else {
        merged.add(range);
      }
    }
    return merged.isEmpty() ? EMPTY : new ByteRanges(List.copyOf(merged));
  }

  public List<ByteRange> ranges() {
    return ranges;
  }

  public boolean isEmpty() {
    return ranges.isEmpty();
  }

  public long lengthBytes() {
    return ranges.stream().mapToLong(ByteRange::lengthBytes).sum();
  }

  public ByteRanges plus(ByteRanges other) {
    if (isEmpty()) {
      return other;
    }
    if (other.isEmpty()) {
      return this;
    }
    List<ByteRange> all = new ArrayList<>(ranges);
    all.addAll(other.ranges);
    return union(all);
  }

  public ByteRanges minus(ByteRanges other) {
    List<ByteRange> left = new ArrayList<>();
    for (ByteRange range : ranges) {
      long start = range.startBytes();
      for (ByteRange hole : other.ranges) {
        if (hole.endBytes() <= start || hole.startBytes() >= range.endBytes()) {
          continue;
        }
        if (hole.startBytes() > start) {
          left.add(new ByteRange(start, hole.startBytes()));
        }
        start = Math.max(start, hole.endBytes());
      }
      if (start < range.endBytes()) {
        left.add(new ByteRange(start, range.endBytes()));
      }
    }
    return left.isEmpty() ? EMPTY : new ByteRanges(List.copyOf(left));
  }

  /** True if every byte of {@code [start, end)} is in the set; always true for an empty range. */
  public boolean contains(long startBytes, long endBytes) {
    if (startBytes >= endBytes) {
      return true;
    }
    int index = floor(startBytes);
    return index >= 0 && ranges.get(index).endBytes() >= endBytes;
  }

  /**
   * Index of the last range that starts at or before {@code offsetBytes}; -1 when there is none.
   */
  private int floor(long offsetBytes) {
    int low = 0;
    int high = ranges.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).startBytes() <= offsetBytes) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteRanges that && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return ranges.hashCode();
  }

  @Override
  public String toString() {
    return ranges.toString();
  }
}
