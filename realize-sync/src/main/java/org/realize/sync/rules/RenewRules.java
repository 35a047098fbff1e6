package org.realize.sync.rules;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.rules.LocalRules.Author;

/**
 * The rules for a path whose store, restored or cloned, takes a new identity. Changes that the
 * store made on its own since the copy carry counters that the other copy does not know, or used
 * for something else: under the old identity they would silently dominate its versions. They are
 * signed again, on the base that both copies know.
 */
public final class RenewRules {

  /**
   * An identity that is left.
   *
   * @param ids the store's id and its further ones, under which it has signed as well
   * @param firstOwn the lowest counter that the other copy does not share
   */
  public record Former(Set<StoreId> ids, long firstOwn) {

    public Former {
      ids = Set.copyOf(ids);
    }

    private boolean signed(Version version) {
      return version.vector().counters().entrySet().stream()
          .anyMatch(entry -> entry.getValue() >= firstOwn && ids.contains(entry.getKey()));
    }

    private boolean signed(Stamp stamp) {
      return ids.contains(stamp.store()) && stamp.counter() >= firstOwn;
    }

    /**
     * The part of a vector that both copies know: whatever one of the ids has signed covers all
     * that the id had signed before.
     */
    private VersionVector shared(VersionVector vector) {
      TreeMap<StoreId, Long> shared = new TreeMap<>(vector.counters());
      shared.replaceAll(
          (id, counter) -> ids.contains(id) ? Math.min(counter, firstOwn - 1) : counter);
      shared.values().removeIf(counter -> counter < 1);
      return VersionVector.of(shared);
    }
  }

  /**
   * The distance of a counter from the clock from which on it was signed by a wrong clock. Peers
   * believe twice as much.
   */
  public static final Duration AHEAD = Duration.ofDays(182);

  private RenewRules() {}

  /** True if the path carries a change that the other copy does not share. */
  public static boolean concerns(PathState state, Former former) {
    RealVersion real = state.real();
    return (real != null && former.signed(real.version()))
        || former.signed(state.metadata().modeStamp())
        || former.signed(state.metadata().mtimeStamp());
  }

  /**
   * The path under a new identity, at a new place of the feed.
   *
   * @param author the new identity, with numbers for this path
   */
  public static PathState renewed(PathState before, Former former, Author author) {
    Metadata metadata = before.metadata();
    Metadata restamped =
        new Metadata(
            metadata.mode(),
            restamped(metadata.modeStamp(), former, author),
            metadata.mtime(),
            restamped(metadata.mtimeStamp(), former, author));
    RealVersion real = before.real();
    Version shown = before.shown();
    if (real != null && former.signed(real.version())) {
      Version made = real.version().withVector(vector(before, real.version(), former, author));
      real = new RealVersion(made, real.stat(), real.hashedAtNanos(), real.isLatched());
      List<Version> all = new ArrayList<>();
      if (former.signed(shown)) {
        shown = shown.content().equals(made.content()) ? made : shown;
      } else {
        all.add(shown);
      }
      all.add(made);
      all.addAll(Judgement.supporting(null, before.reports(), Set.of()));
      shown = Judgement.shown(shown, made.content(), Maxima.of(all), before.reports());
    }
    return before.withShown(shown).withMetadata(restamped).withReal(real).announcedAt(author.seq());
  }

  /**
   * What of the old vector is still true, and the new counter. Of the old identity that is every
   * change up to the copy, all of which this version knows, and what peers have reported since: but
   * what the other copy may have signed was unknown to it, whatever the counters say.
   */
  private static VersionVector vector(
      PathState before, Version version, Former former, Author author) {
    VersionVector base = former.shared(version.vector());
    for (Report report : before.reports().values()) {
      for (Report.Reported reported : report.versions()) {
        VersionVector known = reported.version().vector();
        boolean ofBoth =
            !former.signed(reported.version())
                || reported.version().content().equals(version.content());
        base = ofBoth && version.vector().covers(known) ? base.join(known) : base;
      }
    }
    return base.with(author.store(), author.counter());
  }

  /** Beats the former stamp, but for one of a wrong clock, which nobody has taken. */
  private static Stamp restamped(Stamp stamp, Former former, Author author) {
    if (!former.signed(stamp)) {
      return stamp;
    }
    boolean isAhead = stamp.counter() - author.counter() > AHEAD.toMillis();
    long counter = isAhead ? 0 : stamp.counter() + 1;
    return new Stamp(Math.max(author.counter(), counter), author.store());
  }
}
