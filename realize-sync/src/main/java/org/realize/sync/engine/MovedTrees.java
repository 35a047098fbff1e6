package org.realize.sync.engine;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * The directories that peers have renamed, while what is in them arrives: what is below either name
 * is left until a directory can be moved as a whole, which is a second after the last of it came,
 * and a minute after the first at most. That a directory had another name once does not prove that
 * it is being renamed: nothing is left at its former name before a path in it came from there. For
 * one thread.
 */
final class MovedTrees {

  private static final int MAX_TREES = 10_000;
  private static final Duration SETTLES = Duration.ofSeconds(1);
  private static final Duration SETTLES_AT_LAST = Duration.ofMinutes(1);

  private final TimeSource time;

  /** The former names, by the new ones. */
  private final Map<RelativePath, RelativePath> sources = new HashMap<>();

  /** The new and the former names of those of which something came from the former name. */
  private final Set<RelativePath> proven = new HashSet<>();

  /** New names of which something came from elsewhere: they are directories like others. */
  private final Set<RelativePath> refused = new HashSet<>();

  private long firstNanos;
  private long lastNanos;

  MovedTrees(TimeSource time) {
    this.time = time;
  }

  /** Adds a directory; false if it was {@link #refuse refused}, or there are too many. */
  boolean add(RelativePath target, RelativePath source) {
    if (sources.size() >= MAX_TREES || refused.contains(target)) {
      return false;
    }
    firstNanos = sources.isEmpty() ? time.monotonicNanos() : firstNanos;
    lastNanos = time.monotonicNanos();
    sources.put(target, source);
    return true;
  }

  /** The new name of a directory that {@code path} lies in, if nothing that is in it came yet. */
  Optional<RelativePath> unproven(RelativePath path) {
    return sources.isEmpty()
        ? Optional.empty()
        : above(path).filter(target -> !proven.contains(target));
  }

  private Optional<RelativePath> above(RelativePath path) {
    for (RelativePath at = path; !at.isRoot(); ) {
      at = at.parent().orElse(RelativePath.ROOT);
      if (sources.containsKey(at)) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  /** Something in a directory came from its former name. */
  void prove(RelativePath target) {
    RelativePath source = sources.get(target);
    if (source != null) {
      proven.add(target);
      proven.add(source);
    }
  }

  /** Something in a directory came from elsewhere: it is left no longer. */
  void refuse(RelativePath target) {
    sources.remove(target);
    if (refused.size() >= MAX_TREES) {
      refused.clear();
    }
    refused.add(target);
  }

  /** True if a path lies below a new name, or at or below a former one: it is left until then. */
  boolean covers(RelativePath path) {
    boolean isCovered = !sources.isEmpty() && above(path).isPresent();
    for (RelativePath at = path; !isCovered && !proven.isEmpty() && !at.isRoot(); ) {
      isCovered = proven.contains(at) && !sources.containsKey(at);
      at = at.parent().orElse(RelativePath.ROOT);
    }
    lastNanos = isCovered ? time.monotonicNanos() : lastNanos;
    return isCovered;
  }

  /** The time until they may be moved. */
  Duration untilSettled() {
    if (sources.isEmpty()) {
      return Duration.ZERO;
    }
    long due = Math.min(lastNanos + SETTLES.toNanos(), firstNanos + SETTLES_AT_LAST.toNanos());
    return Duration.ofNanos(Math.max(0, due - time.monotonicNanos()));
  }

  /** Takes all, by the new name: nothing is left for them any more. */
  Map<RelativePath, RelativePath> take() {
    Map<RelativePath, RelativePath> taken = new HashMap<>(sources);
    sources.clear();
    proven.clear();
    refused.clear();
    return taken;
  }
}
