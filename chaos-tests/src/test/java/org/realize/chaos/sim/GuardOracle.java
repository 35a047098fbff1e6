package org.realize.chaos.sim;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.testing.ManualTime;

/**
 * The judge of what peers ask their users before they follow it: one author's removals of all
 * files. What such an author removed before the question is shown again when it is asked, but for
 * names of files that are shown under the name that their author gave them instead.
 */
final class GuardOracle {

  /** Shorter than the day within which a peer counts, of whose last hour it counts a part. */
  private static final Duration COUNTED = Duration.ofHours(22);

  /**
   * A file that a page took out of sight.
   *
   * @param author the only store that signed it
   * @param before what was shown until then
   */
  private record Removal(StoreId author, Version before, long atMillis) {}

  /** Two names of a file that are made and left further apart may be two files. */
  private static final Duration AT_ONCE = Duration.ofHours(1);

  /**
   * A name that was given up for another one.
   *
   * @param name the other one
   * @param gone what is known of the one given up
   */
  private record Renaming(RelativePath name, Version gone) {}

  private final ManualTime time;
  private final Checks checks;
  private final Map<SimulatedPeer, Map<RelativePath, Removal>> passed = new HashMap<>();

  /** The names that each peer saw given up for another one. */
  private final Map<SimulatedPeer, Map<RelativePath, Renaming>> renamed = new HashMap<>();

  GuardOracle(ManualTime time, Checks checks) {
    this.time = time;
    this.checks = checks;
  }

  /**
   * The files that a peer shows, and its questions to its user.
   *
   * @param files the files that are shown
   * @param asked the paths that wait for the user
   */
  record Sight(Map<RelativePath, Version> files, Set<RelativePath> asked) {}

  static Sight sight(SimulatedPeer peer) throws RealizeException {
    Map<RelativePath, Version> files = new HashMap<>();
    for (PathState state : peer.knowledge()) {
      if (state.shown().content() instanceof Content.File) {
        files.put(state.path(), state.shown());
      }
    }
    return new Sight(files, peer.asked());
  }

  /** The peer counts from new, or nobody knows what it has counted. */
  void forget(SimulatedPeer peer) {
    passed.remove(peer);
    renamed.remove(peer);
  }

  /** After one page. */
  void check(SimulatedPeer peer, Sight before) throws RealizeException {
    Sight after = sight(peer);
    checkAll(peer, before.files, after.files.isEmpty());
    Map<RelativePath, Removal> removals = passed.computeIfAbsent(peer, _ -> new HashMap<>());
    note(peer, before, removals);
    removals
        .entrySet()
        .removeIf(removed ->
            time.unixMillis() - removed.getValue().atMillis > COUNTED.toMillis()
                || isElsewhere(removed.getKey(), removed.getValue().before, before)
                || isElsewhere(removed.getKey(), removed.getValue().before, after));
    Set<RelativePath> asked = new HashSet<>(after.asked);
    asked.removeAll(before.asked);
    for (RelativePath path : asked) {
      checkTakenBack(peer, path, removals);
      checkNotDoubled(peer, path, before, after);
    }
    noteRenamed(peer, before, after);
  }

  private void noteRenamed(SimulatedPeer peer, Sight before, Sight after) throws RealizeException {
    Map<RelativePath, Renaming> names = renamed.computeIfAbsent(peer, _ -> new HashMap<>());
    names.keySet().removeAll(after.files.keySet());
    for (Map.Entry<RelativePath, Version> file : before.files.entrySet()) {
      RelativePath path = file.getKey();
      if (!after.files.containsKey(path)) {
        Version gone = shown(peer, path);
        after.files.forEach((name, version) -> {
          if (Objects.equals(version.from(), path)
              && version.content().equals(file.getValue().content())) {
            names.put(path, new Renaming(name, gone));
          }
        });
      }
    }
  }

  /** What comes back has no other name here that its author gave it. */
  private void checkNotDoubled(SimulatedPeer peer, RelativePath asked, Sight before, Sight after) {
    Renaming renaming = renamed.getOrDefault(peer, Map.of()).get(asked);
    if (renaming == null || before.files.containsKey(asked) || !after.files.containsKey(asked)) {
      return;
    }
    checks.make(Violation.Rule.GUARD);
    Version doubled = after.files.get(renaming.name);
    if (doubled != null
        && Objects.equals(doubled.from(), asked)
        && doubled.content().equals(after.files.get(asked).content())
        && Math.abs(madeMillis(doubled) - madeMillis(renaming.gone)) <= AT_ONCE.toMillis()) {
      throw new Violation(
          Violation.Rule.GUARD,
          "%s brings %s back, which is here as %s".formatted(peer.name(), asked, renaming.name));
    }
  }

  private static long madeMillis(Version version) {
    return version.vector().counters().values().stream().mapToLong(n -> n).max().orElse(0);
  }

  /** One page must not leave nothing of several files because one author says so. */
  private void checkAll(SimulatedPeer peer, Map<RelativePath, Version> before, boolean isEmpty)
      throws RealizeException {
    if (before.size() < 2 || (!isEmpty && peer.held().isEmpty())) {
      return;
    }
    checks.make(Violation.Rule.GUARD);
    Set<Set<StoreId>> authors = new HashSet<>();
    for (Map.Entry<RelativePath, Version> file : before.entrySet()) {
      Version shown = shown(peer, file.getKey());
      authors.add(shown.isTombstone() ? news(file.getValue(), shown) : Set.of());
    }
    boolean isByOne = authors.size() == 1 && authors.iterator().next().size() == 1;
    if (isEmpty && isByOne) {
      throw new Violation(
          Violation.Rule.GUARD, peer.name() + " removes all of " + before.keySet() + " unasked");
    }
  }

  private void note(SimulatedPeer peer, Sight before, Map<RelativePath, Removal> removals)
      throws RealizeException {
    for (Map.Entry<RelativePath, Version> file : before.files.entrySet()) {
      Version shown = shown(peer, file.getKey());
      Set<StoreId> news = news(file.getValue(), shown);
      if (shown.isTombstone() && news.size() == 1) {
        StoreId author = news.iterator().next();
        removals.put(file.getKey(), new Removal(author, file.getValue(), time.unixMillis()));
      }
    }
  }

  /** What was moved was not lost. */
  private static boolean isElsewhere(RelativePath path, Version removed, Sight sight) {
    ContentHash hash = ((Content.File) removed.content()).hash();
    return sight.files.entrySet().stream()
        .filter(file -> !file.getKey().equals(path))
        .anyMatch(file -> ((Content.File) file.getValue().content()).hash().equals(hash));
  }

  /** Who asks about one of an author's removals lets none of the day pass meanwhile. */
  private void checkTakenBack(
      SimulatedPeer peer, RelativePath asked, Map<RelativePath, Removal> removals)
      throws RealizeException {
    PathState state = peer.knowledge(List.of(asked)).getFirst();
    Set<StoreId> authors = new HashSet<>();
    state
        .reports()
        .values()
        .forEach(report ->
            report.versions().forEach(said -> authors.addAll(news(state.shown(), said.version()))));
    for (Map.Entry<RelativePath, Removal> removed : removals.entrySet()) {
      Removal removal = removed.getValue();
      if (!authors.equals(Set.of(removal.author))) {
        continue;
      }
      checks.make(Violation.Rule.GUARD);
      Version shown = shown(peer, removed.getKey());
      boolean isTakenBack =
          !shown.isTombstone()
              || !NaiveMaxima.covers(shown.vector(), removal.before.vector())
              || !news(removal.before, shown).equals(authors);
      if (!isTakenBack) {
        throw new Violation(
            Violation.Rule.GUARD,
            "%s asks about %s, and lets %s pass".formatted(peer.name(), asked, removed));
      }
    }
  }

  private static Version shown(SimulatedPeer peer, RelativePath path) throws RealizeException {
    return peer.knowledge(List.of(path)).getFirst().shown();
  }

  /** The stores that signed something which {@code after} knows and {@code before} does not. */
  private static Set<StoreId> news(Version before, Version after) {
    VersionVector old = before.vector();
    VersionVector vector = after.vector();
    Set<StoreId> news = new HashSet<>(vector.counters().keySet());
    news.removeIf(id -> vector.counter(id) <= old.counter(id));
    return news;
  }
}
