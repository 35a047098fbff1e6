package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/**
 * The choice of the shown version among a path's maximal versions; the rest are its alternatives.
 */
public final class Judgement {

  /**
   * Under this name a path keeps the contents that were known, and not shown, when the user of this
   * peer removed it; no store has it. It is no source of knowledge: they only are not shown, here,
   * beside a deletion.
   */
  static final StoreId UNWANTED = new StoreId(new UUID(0, -1));

  private Judgement() {}

  /** Every version that this peer knows of a path: shown, real, and reported by any peer. */
  public static List<Version> known(PathState state) {
    return known(state.shown(), state.real(), state.reports(), Set.of());
  }

  /** The maximal ones of {@link #known}. */
  public static List<Version> maxima(PathState state) {
    return Maxima.of(known(state));
  }

  /**
   * The other sides of a conflict: what is current but not shown, and does not follow the shown
   * version, as a change does that is held.
   */
  public static List<Version> alternatives(PathState state) {
    Version shown = state.shown();
    if (isUndisputed(state)) {
      return List.of();
    }
    return maxima(state).stream()
        .filter(version -> !version.content().equals(shown.content()))
        .filter(version -> {
          Order order = version.vector().compare(shown.vector());
          return order == Order.CONCURRENT || order == Order.EQUAL;
        })
        .toList();
  }

  /** True if more than one content is current. */
  public static boolean isConflict(PathState state) {
    return !alternatives(state).isEmpty();
  }

  private static boolean isUndisputed(PathState state) {
    Content shown = state.shown().content();
    return known(state).stream().allMatch(version -> version.content().equals(shown));
  }

  /** The shown version, if it is a file that follows the one on this peer's disk. */
  public static Optional<Version> successor(PathState state) {
    RealVersion real = state.real();
    Version shown = state.shown();
    boolean follows =
        real != null
            && state.realFile().isPresent()
            && shown.content() instanceof Content.File
            && !state.isReal(shown.content())
            && shown.vector().compare(real.version().vector()) == Order.AFTER;
    return follows ? Optional.of(shown) : Optional.empty();
  }

  /**
   * The contents of files that are current at a path, shown or not: bytes of them are kept for it.
   */
  public static Set<ContentHash> currentFiles(PathState state) {
    Content shown = state.shown().content();
    Set<ContentHash> files = new TreeSet<>();
    for (Version version : isUndisputed(state) ? List.of(state.shown()) : maxima(state)) {
      if (version.content() instanceof Content.File file) {
        files.add(file.hash());
      }
    }
    if (shown instanceof Content.File file) {
      files.add(file.hash());
    }
    return files;
  }

  static List<Version> known(
      Version shown,
      @Nullable RealVersion real,
      Map<StoreId, Report> reports,
      Set<StoreId> unheard) {
    List<Version> all = supporting(real, reports, unheard);
    all.add(shown);
    return all;
  }

  /** As {@link #known}, without what is shown: what is known for its own sake. */
  static List<Version> supporting(
      @Nullable RealVersion real, Map<StoreId, Report> reports, Set<StoreId> unheard) {
    List<Version> all = new ArrayList<>();
    if (real != null) {
      all.add(real.version());
    }
    reports.forEach((store, report) -> {
      if (!unheard.contains(store) && !store.equals(UNWANTED)) {
        report.versions().forEach(reported -> all.add(reported.version()));
      }
    });
    return all;
  }

  /**
   * The version to show, one of {@code maxima}. A directory is shown whatever else there is, any
   * content rather than a deletion, but for what the user of this peer had before them and did not
   * want when they removed the path; of several contents the present one, or one that follows it,
   * or the local one, and only then an arbitrary one that is the same for the same set.
   *
   * @param current what was shown before
   * @param local what is on this peer's disk, if anything
   * @param maxima the maximal ones of a set that holds both, in canonical order
   * @param reports may hold {@link #UNWANTED}
   */
  static Version shown(
      Version current,
      @Nullable Content local,
      List<Version> maxima,
      Map<StoreId, Report> reports) {
    Version first = maxima.getFirst();
    if (first.content() instanceof Content.Directory) {
      return first;
    }
    List<Version> live =
        maxima.stream()
            .filter(version -> !version.isTombstone() && !isUnwanted(version, reports))
            .toList();
    if (live.isEmpty()) {
      return maxima.stream().filter(Version::isTombstone).findFirst().orElse(first);
    }
    List<Version> heirs = live.stream().filter(v -> v.vector().covers(current.vector())).toList();
    for (Version version : heirs) {
      if (version.content().equals(current.content())) {
        return version;
      }
    }
    List<Version> candidates = heirs.isEmpty() ? live : heirs;
    return candidates.stream()
        .filter(version -> version.content().equals(local))
        .findFirst()
        .orElse(candidates.getFirst());
  }

  private static boolean isUnwanted(Version version, Map<StoreId, Report> reports) {
    Report unwanted = reports.get(UNWANTED);
    return unwanted != null
        && unwanted.versions().stream()
            .anyMatch(reported -> reported.version().vector().covers(version.vector()));
  }
}
