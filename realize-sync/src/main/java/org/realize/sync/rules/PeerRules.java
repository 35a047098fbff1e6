package org.realize.sync.rules;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/**
 * The rules for a peer's report of a path. First the report takes the place of that peer's earlier
 * one, then the path is judged again; whether the result is to be announced is for {@link
 * AnnounceRules}. What was shown is never replaced by anything that does not know of it.
 */
public final class PeerRules {

  private PeerRules() {}

  /**
   * Takes a report in and judges. A report that is not newer than the last one of that store
   * changes nothing.
   *
   * @param held stores whose reports on this path wait for the user's confirmation: they are kept,
   *     and have no say yet
   */
  public static PathState received(
      @Nullable PathState before,
      StoreId peer,
      RelativePath path,
      Report report,
      Set<StoreId> held) {
    if (before == null) {
      return first(peer, path, report);
    }
    Report earlier = before.reports().get(peer);
    if (earlier != null && earlier.seq() >= report.seq()) {
      return before;
    }
    return judged(recorded(before, peer, report), held);
  }

  /** Takes a report in without judging it: what is shown stays. */
  public static PathState recorded(PathState before, StoreId peer, Report report) {
    return before.withReport(peer, report);
  }

  /** Judges by all that is known, but for the reports of {@code held}. */
  public static PathState judged(PathState before, Set<StoreId> held) {
    Metadata metadata = before.metadata();
    for (Map.Entry<StoreId, Report> entry : before.reports().entrySet()) {
      if (!held.contains(entry.getKey())) {
        metadata = metadata.join(entry.getValue().metadata());
      }
    }
    return before.withShown(shown(before.shown(), before, held)).withMetadata(metadata);
  }

  /**
   * The version to show where {@code current} is shown. A version that takes its place without
   * covering it is judged again without it: a version that {@code current} had absorbed, and that
   * no report covers, is then current again or merges with the new one.
   */
  private static Version shown(Version current, PathState before, Set<StoreId> held) {
    RealVersion real = before.real();
    Version shown =
        Judgement.shown(
            current,
            real == null ? null : real.version().content(),
            Maxima.of(Judgement.known(current, real, before.reports(), held)),
            before.reports());
    return shown.vector().covers(current.vector()) ? shown : shown(shown, before, held);
  }

  /**
   * Shows {@code version} again, which a peer's change took out of sight that is held from now on.
   * What is on the disk of that change gives way: {@link LocalRules#yielding}.
   *
   * @param metadata what was shown with {@code version}
   * @param held stores whose reports on this path are held
   */
  public static PathState takenBack(
      PathState before, Version version, Metadata metadata, Set<StoreId> held) {
    RealVersion real = before.real();
    PathState then = before.withShown(version).withMetadata(metadata);
    if (real != null && real.version().vector().compare(version.vector()) == Order.AFTER) {
      then = then.withReal(LocalRules.yielding(real));
    }
    return judged(then, held);
  }

  /**
   * A store is gone for good, or has become another: it holds nothing any more. What it reported
   * stays known as long as no other report covers it; only availability ends. That it is shown is
   * not enough: a directory may come and be shown instead.
   */
  public static PathState withdrawn(PathState before, StoreId gone) {
    Report last = before.reports().get(gone);
    if (last == null) {
      return before;
    }
    Map<StoreId, Report> reports = new TreeMap<>(before.reports());
    reports.remove(gone);
    List<Version> rest = Maxima.of(Judgement.supporting(before.real(), reports, Set.of()));
    boolean covered =
        last.versions().stream()
            .map(Report.Reported::version)
            .allMatch(version -> rest.stream().anyMatch(v -> v.vector().covers(version.vector())));
    if (!covered) {
      reports.put(
          gone,
          new Report(
              last.seq(),
              last.metadata(),
              last.versions().stream()
                  .map(reported -> new Report.Reported(reported.version(), false))
                  .toList()));
    }
    return before.withReports(reports);
  }

  private static PathState first(StoreId peer, RelativePath path, Report report) {
    var maxima = Maxima.of(report.versions().stream().map(Report.Reported::version).toList());
    Version theirs = report.versions().getFirst().version();
    Version shown = Judgement.shown(theirs, null, maxima, Map.of());
    return new PathState(path, shown, report.metadata(), null, 0, Map.of(peer, report));
  }
}
