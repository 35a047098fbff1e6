package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;

/**
 * The maximal ones among versions of one path: what is current. More than one is a conflict.
 *
 * <p>Vectors decide. What they dominate goes. Then, until nothing changes: concurrent versions of
 * equal content become one with the joined vector; and a version whose {@code basis} is the content
 * of a concurrent one absorbs it, vector included, because its author replaced exactly those bytes.
 *
 * <p>Peers do this with different parts of the same knowledge and tell each other the results, so
 * the results must be safe to mix:
 *
 * <ul>
 *   <li>The result depends on the set alone, not on the order in which it became known. Of several
 *       absorptions that are possible the one of a version that itself absorbs nothing goes first,
 *       so that in a chain (z replaced by y, y by x) x takes all, wherever it is computed.
 *   <li>Absorptions that run in a circle (x replaced y, y replaced x, each without knowing of the
 *       other) cancel out: all stay, a conflict. Peers that saw different parts of a circle may
 *       come to different contents under equal vectors; both stay then too, and nothing is lost.
 *   <li>Joined vectors only ever grow towards the join of all, so that peers that talk to each
 *       other end with the same set.
 *   <li>What travels beside content and vector ({@code basis}, {@code from}, {@code found}) is
 *       joined such that order does not matter either: what differs is forgotten.
 * </ul>
 */
public final class Maxima {

  /** Any total order that is the same on every peer. */
  static final Comparator<Version> CANONICAL =
      Comparator.<Version>comparingInt(v -> rank(v.content()))
          .thenComparing(v -> label(v.content()))
          .thenComparing(v -> v.vector().toString());

  private Maxima() {}

  /**
   * The maximal ones of {@code versions}, merged where they merge, in an order that depends on them
   * alone; empty only when {@code versions} is.
   */
  public static List<Version> of(Collection<Version> versions) {
    List<Version> left = new ArrayList<>(versions.size());
    for (Version version : versions) {
      add(left, version);
    }
    if (left.size() > 1) {
      left.sort(CANONICAL);
      while (mergeEqual(left) || absorb(left)) {
        dropDominated(left);
        left.sort(CANONICAL);
      }
    }
    return List.copyOf(left);
  }

  /** Adds {@code version} unless it is dominated; removes what it dominates. */
  private static void add(List<Version> left, Version version) {
    for (int i = 0; i < left.size(); i++) {
      Version other = left.get(i);
      if (other.equals(version)) {
        return;
      }
      Order order = version.vector().compare(other.vector());
      if (order == Order.BEFORE) {
        return;
      }
      if (order == Order.AFTER) {
        left.remove(i--);
      } else if (order == Order.EQUAL && other.content().equals(version.content())) {
        left.set(i, merge(other, version));
        return;
      }
    }
    left.add(version);
  }

  private static void dropDominated(List<Version> left) {
    List<Version> all = List.copyOf(left);
    left.clear();
    all.forEach(version -> add(left, version));
  }

  /** Merges one pair of equal contents; false when there is none. */
  private static boolean mergeEqual(List<Version> left) {
    for (int i = 0; i < left.size(); i++) {
      for (int j = i + 1; j < left.size(); j++) {
        if (left.get(i).content().equals(left.get(j).content())) {
          left.set(i, merge(left.get(i), left.remove(j)));
          return true;
        }
      }
    }
    return false;
  }

  /** Lets one version be absorbed by all that replaced it; false when there is none. */
  private static boolean absorb(List<Version> left) {
    for (Version loser : left) {
      boolean absorbs = left.stream().anyMatch(other -> absorbs(loser, other));
      if (!absorbs && left.stream().anyMatch(winner -> absorbs(winner, loser))) {
        left.remove(loser);
        left.replaceAll(winner ->
            absorbs(winner, loser)
                ? winner.withVector(winner.vector().join(loser.vector()))
                : winner);
        return true;
      }
    }
    return false;
  }

  /** True if {@code winner} was made from exactly the content of {@code loser}, not vice versa. */
  static boolean absorbs(Version winner, Version loser) {
    return replaced(winner, loser)
        && !replaced(loser, winner)
        && (!winner.isTombstone() || loser.found())
        && winner.vector().compare(loser.vector()) == Order.CONCURRENT;
  }

  private static boolean replaced(Version version, Version other) {
    return version.basis() != null
        && other.content() instanceof Content.File file
        && file.hash().equals(version.basis());
  }

  /** Two versions of equal content as one. Commutative, associative, idempotent. */
  static Version merge(Version a, Version b) {
    VersionVector vector = a.vector().join(b.vector());
    return new Version(
        a.content(),
        vector,
        same(a.basis(), b.basis()),
        same(a.from(), b.from()),
        a.found() && b.found());
  }

  private static <T> @Nullable T same(@Nullable T a, @Nullable T b) {
    return Objects.equals(a, b) ? a : null;
  }

  private static int rank(Content content) {
    return switch (content) {
      case Content.Directory() -> 0;
      case Content.File _ -> 1;
      case Content.Link _ -> 2;
      case Content.Absent() -> 3;
    };
  }

  private static String label(Content content) {
    return switch (content) {
      case Content.Directory() -> "";
      case Content.File file -> file.hash().toString();
      case Content.Link link -> link.target();
      case Content.Absent() -> "";
    };
  }
}
