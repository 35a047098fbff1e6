package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/**
 * What becomes of a path when its store, restored or cloned, takes a new identity. Changes that the
 * store made on its own since the copy carry counters that the other copy does not know, or used
 * for something else: under the old identity they would silently dominate its versions. They are
 * signed anew, on the base that both copies know.
 */
public final class RenewRules {

  /**
   * The change of identity.
   *
   * @param former the identity that is left
   * @param firstOwn the lowest counter of {@code former} that the other copy does not share
   * @param author the new identity, with numbers for this path
   */
  public record Renewal(StoreId former, long firstOwn, LocalRules.Author author) {}

  private RenewRules() {}

  /** True if the path carries a change that the other copy does not share. */
  public static boolean concerns(PathState state, StoreId former, long firstOwn) {
    RealVersion real = state.real();
    return (real != null && real.version().vector().counter(former) >= firstOwn)
        || isOwn(state.metadata().modeStamp(), former, firstOwn)
        || isOwn(state.metadata().mtimeStamp(), former, firstOwn);
  }

  /** The path under the new identity, at a new place of the feed. */
  public static PathState renewed(PathState before, Renewal renewal) {
    Metadata metadata = before.metadata();
    Metadata restamped =
        new Metadata(
            metadata.mode(),
            restamped(metadata.modeStamp(), renewal),
            metadata.mtime(),
            restamped(metadata.mtimeStamp(), renewal));
    RealVersion real = before.real();
    Version shown = before.shown();
    if (real != null && isOwn(real.version(), renewal)) {
      Version made = real.version().withVector(vector(before, real.version(), renewal));
      real = new RealVersion(made, real.stat(), real.hashedAtNanos());
      List<Version> all = new ArrayList<>();
      if (isOwn(shown, renewal)) {
        shown = shown.content().equals(made.content()) ? made : shown;
      } else {
        all.add(shown);
      }
      all.add(made);
      for (Report report : before.reports().values()) {
        report.versions().forEach(reported -> all.add(reported.version()));
      }
      shown = Judgement.shown(shown, made.content(), Maxima.of(all));
    }
    return before
        .withShown(shown)
        .withMetadata(restamped)
        .withReal(real)
        .announcedAt(renewal.author().seq());
  }

  /**
   * What of the old vector is still true, and the new counter. Of the old identity that is every
   * change up to the copy, all of which this version knows, and what peers have reported since: but
   * what the other copy may have signed was unknown to it, whatever the counters say.
   */
  private static VersionVector vector(PathState before, Version version, Renewal renewal) {
    TreeMap<StoreId, Long> shared = new TreeMap<>(version.vector().counters());
    if (renewal.firstOwn() > 1) {
      shared.put(renewal.former(), renewal.firstOwn() - 1);
    } else {
      shared.remove(renewal.former());
    }
    VersionVector base = VersionVector.of(shared);
    for (Report report : before.reports().values()) {
      for (Report.Reported reported : report.versions()) {
        VersionVector known = reported.version().vector();
        boolean ofBoth =
            !isOwn(reported.version(), renewal)
                || reported.version().content().equals(version.content());
        base = ofBoth && version.vector().covers(known) ? base.join(known) : base;
      }
    }
    return base.with(renewal.author().store(), renewal.author().counter());
  }

  private static boolean isOwn(Version version, Renewal renewal) {
    return version.vector().counter(renewal.former()) >= renewal.firstOwn();
  }

  private static boolean isOwn(Stamp stamp, StoreId former, long firstOwn) {
    return stamp.store().equals(former) && stamp.counter() >= firstOwn;
  }

  private static Stamp restamped(Stamp stamp, Renewal renewal) {
    return isOwn(stamp, renewal.former(), renewal.firstOwn())
        ? new Stamp(
            Math.max(renewal.author().counter(), stamp.counter() + 1), renewal.author().store())
        : stamp;
  }
}
