package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;

/**
 * The simulator's own judge of what is current among versions of one path. It applies the
 * definition, one rewriting step at a time in whatever order the versions come, and shares nothing
 * with the rules that it judges: not even the comparison of vectors.
 */
final class NaiveMaxima {

  /** The name under which a path keeps what its user did not want: no knowledge. */
  private static final StoreId UNWANTED = new StoreId(new UUID(0, -1));

  private NaiveMaxima() {}

  /** All versions that a state holds: shown, on the disk, and reported. */
  static Set<Version> known(PathState state) {
    Set<Version> known = new LinkedHashSet<>();
    known.add(state.shown());
    known.addAll(supporting(state));
    return known;
  }

  /** As {@link #known}, without what is shown, which may be merged of these. */
  static Set<Version> supporting(PathState state) {
    Set<Version> known = new LinkedHashSet<>();
    if (state.real() != null) {
      known.add(state.real().version());
    }
    state.reports().entrySet().stream()
        .filter(report -> !report.getKey().equals(UNWANTED))
        .flatMap(report -> report.getValue().versions().stream())
        .forEach(reported -> known.add(reported.version()));
    return known;
  }

  static Set<Version> of(PathState state) {
    return of(known(state));
  }

  static Set<Version> of(Collection<Version> versions) {
    List<Version> left = new ArrayList<>(new LinkedHashSet<>(versions));
    while (dropOlder(left) || mergeEqual(left) || absorb(left)) {
      // one step at a time
    }
    return Set.copyOf(left);
  }

  /** True if {@code one} has every change that {@code other} has. */
  static boolean covers(VersionVector one, VersionVector other) {
    return other.counters().entrySet().stream()
        .allMatch(change ->
            one.counters().getOrDefault(change.getKey(), 0L).compareTo(change.getValue()) >= 0);
  }

  private static boolean dropOlder(List<Version> left) {
    return left.removeIf(old ->
        left.stream()
            .anyMatch(v -> covers(v.vector(), old.vector()) && !covers(old.vector(), v.vector())));
  }

  private static boolean mergeEqual(List<Version> left) {
    for (Version one : left) {
      for (Version other : left) {
        if (!one.equals(other) && one.content().equals(other.content())) {
          left.removeAll(List.of(one, other));
          left.add(merged(one, other));
          return true;
        }
      }
    }
    return false;
  }

  private static Version merged(Version one, Version other) {
    return new Version(
        one.content(),
        joined(one.vector(), other.vector()),
        ifSame(one.basis(), other.basis()),
        ifSame(one.from(), other.from()),
        one.found() && other.found());
  }

  private static <T> @Nullable T ifSame(@Nullable T one, @Nullable T other) {
    return Objects.equals(one, other) ? one : null;
  }

  private static VersionVector joined(VersionVector one, VersionVector other) {
    TreeMap<StoreId, Long> counters = new TreeMap<>();
    Stream.of(one, other)
        .forEach(vector -> vector.counters().forEach((s, n) -> counters.merge(s, n, Math::max)));
    return VersionVector.of(counters);
  }

  /** In a chain of replacements the oldest is absorbed first; a circle is a conflict. */
  private static boolean absorb(List<Version> left) {
    for (Version loser : left) {
      List<Version> winners = left.stream().filter(winner -> wins(winner, loser)).toList();
      if (!winners.isEmpty() && left.stream().noneMatch(other -> wins(loser, other))) {
        left.remove(loser);
        left.removeAll(winners);
        winners.forEach(v -> left.add(v.withVector(joined(v.vector(), loser.vector()))));
        return true;
      }
    }
    return false;
  }

  /** True if one of two concurrent versions replaced the other's bytes, and not vice versa. */
  private static boolean wins(Version winner, Version loser) {
    return replaced(winner, loser)
        && !replaced(loser, winner)
        && !(winner.content() instanceof Content.Absent && !loser.found())
        && !covers(winner.vector(), loser.vector())
        && !covers(loser.vector(), winner.vector());
  }

  private static boolean replaced(Version version, Version other) {
    return other.content() instanceof Content.File file && file.hash().equals(version.basis());
  }
}
