package org.realize.sync.feed;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.Rows;

/**
 * How many files one store has removed or replaced in one arena, hour by hour over the last day.
 * Immutable.
 *
 * @param hour hours since 1970 of the newest bucket
 * @param counts 24 buckets, that of {@code hour} first
 */
record Guard(long hour, List<Integer> counts) {

  static final int HOURS = 24;

  /** So many a day are always let through. */
  static final int ALWAYS_ALLOWED = 100;

  /** The guard of each store. */
  static final Rows<Guard> ROWS =
      Rows.of(
          "feed.guard",
          1,
          (out, guard) ->
              out.putSigned(guard.hour).putEach(guard.counts, (o, count) -> o.putNumber(count)),
          in -> new Guard(in.getSigned(), in.getEach(RowDecoder::getInt)));

  private static final long MILLIS_PER_HOUR = 3_600_000;

  Guard {
    counts = List.copyOf(counts);
  }

  static Guard none(long unixMillis) {
    return new Guard(unixMillis / MILLIS_PER_HOUR, Collections.nCopies(HOURS, 0));
  }

  /** Moves on to now; a clock that went back changes nothing. */
  Guard at(long unixMillis) {
    long now = unixMillis / MILLIS_PER_HOUR;
    if (now <= hour) {
      return this;
    }
    int shift = (int) Math.min(HOURS, now - hour);
    List<Integer> moved = new ArrayList<>(Collections.nCopies(shift, 0));
    moved.addAll(counts.subList(0, HOURS - shift));
    return new Guard(now, moved);
  }

  /** Adds {@code files} to this hour; a negative number takes back what was no loss after all. */
  Guard plus(int files) {
    List<Integer> next = new ArrayList<>(counts);
    next.set(0, Math.max(0, next.getFirst() + files));
    return new Guard(hour, next);
  }

  int total() {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * True if {@code more} on top of the last day's are over the limit: more than {@value
   * #ALWAYS_ALLOWED} and more than half of the files that there would be without them.
   *
   * @param files shown in the arena now
   */
  boolean refuses(int more, long files) {
    long lost = (long) total() + more;
    return more > 0 && lost > ALWAYS_ALLOWED && 2 * lost > files + total();
  }
}
