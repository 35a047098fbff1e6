package org.realize.sync.index;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.RelativePath;

/**
 * Touched paths that wait until they are quiet: a path is due once it was not touched for {@code
 * quiet}, and at the latest {@code atMost} after its first touch. Times are monotonic nanoseconds
 * from the caller. Not thread-safe.
 */
final class Debounce {

  /** Above this many waiting paths only the root is kept: a scan of all is cheaper then. */
  static final int MAX_PATHS = 100_000;

  private record Waiting(RelativePath path, long firstNanos, long dueNanos) {}

  private final long quietNanos;
  private final long atMostNanos;
  private final Map<RelativePath, Waiting> waiting = new HashMap<>();
  private final TreeSet<Waiting> byDue =
      new TreeSet<>(Comparator.comparingLong(Waiting::dueNanos).thenComparing(Waiting::path));

  Debounce(Duration quiet, Duration atMost) {
    quietNanos = quiet.toNanos();
    atMostNanos = Math.max(atMost.toNanos(), quietNanos);
  }

  void touched(RelativePath path, long nowNanos) {
    if (waiting.size() >= MAX_PATHS && !waiting.containsKey(path)) {
      waiting.clear();
      byDue.clear();
      touched(RelativePath.ROOT, nowNanos);
      return;
    }
    Waiting before = waiting.get(path);
    if (before != null) {
      byDue.remove(before);
    }
    long first = before == null ? nowNanos : before.firstNanos();
    long due = Math.min(nowNanos + quietNanos, first + atMostNanos);
    Waiting after = new Waiting(path, first, due);
    waiting.put(path, after);
    byDue.add(after);
  }

  /** Takes the paths that are due. */
  Set<RelativePath> due(long nowNanos) {
    Set<RelativePath> due = new TreeSet<>();
    while (!byDue.isEmpty() && byDue.first().dueNanos() <= nowNanos) {
      RelativePath path = byDue.removeFirst().path();
      waiting.remove(path);
      due.add(path);
    }
    return due;
  }

  /** How long until the next path is due, zero if one is; empty when none waits. */
  Optional<Duration> untilDue(long nowNanos) {
    return byDue.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, byDue.first().dueNanos() - nowNanos)));
  }
}
