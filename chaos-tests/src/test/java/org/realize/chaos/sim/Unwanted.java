package org.realize.chaos.sim;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;

/**
 * The versions that were current and not shown on a machine when its user removed the path: they
 * stay hidden there beside the deletion, and nothing else does.
 */
final class Unwanted {
  private record Place(SimulatedPeer peer, RelativePath path) {}

  private final Map<Place, Set<Version>> versions = new HashMap<>();
  private final Checks checks;

  Unwanted(Checks checks) {
    this.checks = checks;
  }

  /** Notes what a scan did to a path, which shows nothing now if it signed a removal. */
  void scanned(SimulatedPeer peer, @Nullable PathState before, PathState after) {
    RealVersion real = after.real();
    if (before == null
        || before.realStat() == null
        || real == null
        || !real.version().isTombstone()
        || real.equals(before.real())) {
      return;
    }
    Set<Version> known = new HashSet<>(NaiveMaxima.of(before));
    known.removeIf(v -> v.isTombstone() || v.content().equals(before.shown().content()));
    versions
        .computeIfAbsent(new Place(peer, after.path()), _ -> new HashSet<>())
        .addAll(known); // a restored machine may be at an earlier removal again
    boolean isFree =
        before.shown().content().equals(before.realContent())
            && known.stream().noneMatch(v -> v.content() instanceof Content.Directory);
    checks.make(Violation.Rule.STATE);
    if (isFree && !after.shown().isTombstone()) {
      throw new Violation(
          Violation.Rule.STATE, peer.name() + " shows what its user did not want: " + after);
    }
  }

  /** Notes that a machine is a copy of another one: it has its deletions, and what they hide. */
  void copied(SimulatedPeer original, SimulatedPeer copy) {
    Map.copyOf(versions)
        .forEach((place, hidden) -> {
          if (place.peer().equals(original)) {
            versions.put(new Place(copy, place.path()), new HashSet<>(hidden));
          }
        });
  }

  /** True if the deletion that the machine shows may hide this version. */
  boolean hides(SimulatedPeer peer, RelativePath path, Version version) {
    return versions.getOrDefault(new Place(peer, path), Set.of()).stream()
        .anyMatch(known -> NaiveMaxima.covers(known.vector(), version.vector()));
  }
}
