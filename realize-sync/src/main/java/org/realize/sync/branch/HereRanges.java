package org.realize.sync.branch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.realize.sync.model.ByteRange;

/** A set of bytes of one file that changes often: each change costs the ranges that it joins. */
final class HereRanges {

  /** Ends by starts, disjoint and not adjacent. */
  private final NavigableMap<Long, Long> ends = new TreeMap<>();

  void add(long start, long end) {
    if (start >= end) {
      return;
    }
    long from = start;
    long to = end;
    Map.Entry<Long, Long> below = ends.floorEntry(start);
    if (below != null && below.getValue() >= start) {
      from = below.getKey();
      to = Math.max(to, below.getValue());
    }
    NavigableMap<Long, Long> joined = ends.subMap(from, true, to, true);
    if (!joined.isEmpty()) {
      to = Math.max(to, joined.lastEntry().getValue());
      joined.clear();
    }
    ends.put(from, to);
  }

  /** Removes all from an offset on. */
  void cut(long end) {
    ends.tailMap(end, true).clear();
    Map.Entry<Long, Long> last = ends.lastEntry();
    if (last != null && last.getValue() > end) {
      ends.put(last.getKey(), end);
    }
  }

  /** The parts of {@code [start, end)} that are not in the set, in order. */
  List<ByteRange> missing(long start, long end) {
    List<ByteRange> gaps = new ArrayList<>();
    long at = start;
    Map.Entry<Long, Long> below = ends.floorEntry(start);
    if (below != null) {
      at = Math.max(at, below.getValue());
    }
    if (at < end) {
      for (Map.Entry<Long, Long> each : ends.subMap(at, true, end, false).entrySet()) {
        if (each.getKey() > at) {
          gaps.add(new ByteRange(at, each.getKey()));
        }
        at = each.getValue();
      }
    }
    if (at < end) {
      gaps.add(new ByteRange(at, end));
    }
    return gaps;
  }

  /** The first offset below {@code end} that is not in the set; {@code end} if all are. */
  long firstMissing(long end) {
    Map.Entry<Long, Long> first = ends.firstEntry();
    return first == null || first.getKey() > 0 ? 0 : Math.min(end, first.getValue());
  }

  List<ByteRange> ranges() {
    List<ByteRange> all = new ArrayList<>();
    ends.forEach((start, end) -> all.add(new ByteRange(start, end)));
    return all;
  }
}
