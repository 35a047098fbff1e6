package org.realize.sync.index;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.RelativePath;

/**
 * The touched paths that wait until they are quiet: a path is due once it was not touched for
 * {@code quiet}, and at the latest {@code atMost} after its first touch. Many names of one
 * directory collapse to that directory, and too many paths to the root: a listing is cheaper then.
 * Times are monotonic nanoseconds from the caller. Not thread-safe.
 */
final class Debounce {

  /** Above this many waiting paths only the root is kept. */
  static final int MAX_PATHS = 100_000;

  /** Above this many waiting names of one directory only the directory is kept. */
  static final int MAX_NAMES = 4_096;

  /** Above this many open files the others are due as any path. */
  private static final int MAX_OPEN = 16_384;

  private record WaitingPath(RelativePath path, long firstNanos, long dueNanos, long quietNanos) {}

  private final long quietNanos;
  private final long atMostNanos;
  private final Map<RelativePath, WaitingPath> waiting = new HashMap<>();
  private final TreeSet<WaitingPath> byDue =
      new TreeSet<>(
          Comparator.comparingLong(WaitingPath::dueNanos).thenComparing(WaitingPath::path));

  /** Files that programs have open for writing. */
  private final Set<RelativePath> open = new HashSet<>();

  /** Waiting names by their directory. */
  private final Map<RelativePath, Integer> names = new HashMap<>();

  /** Waiting directories that stand for their names. */
  private final Set<RelativePath> collapsed = new HashSet<>();

  Debounce(Duration quiet, Duration atMost) {
    quietNanos = quiet.toNanos();
    atMostNanos = Math.max(atMost.toNanos(), quietNanos);
  }

  void touched(RelativePath path, long nowNanos) {
    touched(path, nowNanos, Duration.ZERO);
  }

  /**
   * True if {@code path} waits already, by itself or with all names of its directory. A directory
   * above it that waits is no reason: it may be due before the file has been quiet, and a hash of
   * that moment proves nothing.
   */
  boolean isTouched(RelativePath path) {
    return waiting.containsKey(path) || path.parent().filter(collapsed::contains).isPresent();
  }

  /**
   * Notes that {@code path} was touched.
   *
   * @param stands the least time that it must be quiet for, where it is longer than the usual one
   */
  void touched(RelativePath path, long nowNanos, Duration stands) {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    RelativePath kept = collapsed.contains(directory) ? directory : path;
    long quiet = open.contains(path) ? atMostNanos : quietNanos;
    wait(kept, nowNanos, Math.max(quiet, stands.toNanos()));
    collapse(directory, nowNanos);
  }

  private void collapse(RelativePath directory, long nowNanos) {
    if (waiting.size() > MAX_PATHS) {
      waiting.clear();
      byDue.clear();
      names.clear();
      collapsed.clear();
      wait(RelativePath.ROOT, nowNanos, quietNanos);
    } else if (names.getOrDefault(directory, 0) > MAX_NAMES) {
      List<RelativePath> below =
          waiting.keySet().stream().filter(one -> isIn(one, directory)).toList();
      below.forEach(this::remove);
      collapsed.add(directory);
      wait(directory, nowNanos, quietNanos);
    }
  }

  /**
   * Notes that a program has a file open for writing: until {@link #settled} it is not due before
   * the longest time that a path may wait. Of at most {@value #MAX_OPEN} files.
   */
  void opened(RelativePath path, long nowNanos) {
    if (open.size() < MAX_OPEN && open.add(path) && waiting.containsKey(path)) {
      touched(path, nowNanos);
    }
  }

  /** Notes that {@code path} has changed, is quiet, and is due after {@code wait}. */
  void settled(RelativePath path, long nowNanos, Duration wait) {
    open.remove(path);
    if (collapsed.contains(path.parent().orElse(RelativePath.ROOT))) {
      touched(path, nowNanos);
      return;
    }
    remove(path);
    add(new WaitingPath(path, nowNanos, nowNanos + wait.toNanos(), nowNanos));
    collapse(path.parent().orElse(RelativePath.ROOT), nowNanos);
  }

  private static boolean isIn(RelativePath path, RelativePath directory) {
    return path.parent().filter(directory::equals).isPresent();
  }

  private void wait(RelativePath path, long nowNanos, long quiet) {
    WaitingPath before = waiting.get(path);
    remove(path);
    long first = before == null ? nowNanos : before.firstNanos();
    long due = Math.min(nowNanos + quiet, first + Math.max(atMostNanos, quiet));
    add(new WaitingPath(path, first, due, nowNanos + quiet));
  }

  private void add(WaitingPath after) {
    waiting.put(after.path(), after);
    byDue.add(after);
    after.path().parent().ifPresent(directory -> names.merge(directory, 1, Integer::sum));
  }

  private void remove(RelativePath path) {
    WaitingPath before = waiting.remove(path);
    if (before == null) {
      return;
    }
    byDue.remove(before);
    if (!path.isRoot()) {
      RelativePath directory = path.parent().orElseThrow();
      int left = names.getOrDefault(directory, 0) - 1;
      if (left > 0) {
        names.put(directory, left);
      } else {
        names.remove(directory);
      }
    }
  }

  /**
   * Paths that are due.
   *
   * @param restless those of them that were not quiet
   */
  record Due(Set<RelativePath> paths, Set<RelativePath> restless) {}

  /** Takes the paths that are due. */
  Due due(long nowNanos) {
    Set<RelativePath> due = new TreeSet<>();
    Set<RelativePath> restless = new TreeSet<>();
    while (!byDue.isEmpty() && byDue.first().dueNanos() <= nowNanos) {
      WaitingPath first = byDue.first();
      remove(first.path());
      collapsed.remove(first.path());
      due.add(first.path());
      if (first.dueNanos() < first.quietNanos()) {
        restless.add(first.path());
      }
    }
    return new Due(due, restless);
  }

  /** How long until the next path is due, zero if one is; empty when none waits. */
  Optional<Duration> untilDue(long nowNanos) {
    return byDue.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, byDue.first().dueNanos() - nowNanos)));
  }
}
