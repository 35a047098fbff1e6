package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
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

  /** Any total order that is the same on every peer; equal contents are neighbours. */
  static final Comparator<Version> CANONICAL =
      Comparator.<Version>comparingInt(v -> rank(v.content()))
          .thenComparing(Version::content, Maxima::compareSame)
          .thenComparing(Version::vector, VersionVector::compareText);

  /** Of so many versions, equal ones are found as fast by comparing all of them. */
  private static final int FEW = 8;

  private Maxima() {}

  /**
   * The maximal ones of {@code versions}, merged where they merge, in an order that depends on them
   * alone; empty only when {@code versions} is. Costs some n² comparisons of vectors, of n
   * different versions: peers choose them, within bounds.
   */
  public static List<Version> of(Collection<Version> versions) {
    List<Version> left = new ArrayList<>(versions.size());
    for (Version version : versions.size() > FEW ? new LinkedHashSet<>(versions) : versions) {
      add(left, version);
    }
    if (left.size() > 1) {
      left.sort(CANONICAL);
      for (List<Version> grown = step(left); !grown.isEmpty(); grown = step(left)) {
        dropDominated(left, grown);
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

  /** Removes what those that have grown dominate now; of all others none dominates another. */
  private static void dropDominated(List<Version> left, List<Version> grown) {
    for (Version winner : grown) {
      if (left.contains(winner)) {
        left.removeIf(other -> winner.vector().compare(other.vector()) == Order.AFTER);
      }
    }
  }

  /** Merges one pair, or has one version absorbed; those that grew by it, none at the end. */
  private static List<Version> step(List<Version> left) {
    List<Version> merged = mergeEqual(left);
    return merged.isEmpty() ? absorb(left) : merged;
  }

  /** Merges one pair of equal contents; empty when there is none. */
  private static List<Version> mergeEqual(List<Version> left) {
    for (int i = 0; i + 1 < left.size(); i++) {
      if (left.get(i).content().equals(left.get(i + 1).content())) {
        Version merged = merge(left.get(i), left.remove(i + 1));
        left.set(i, merged);
        return List.of(merged);
      }
    }
    return List.of();
  }

  /** Lets one version be absorbed by all that replaced it; empty when there is none. */
  private static List<Version> absorb(List<Version> left) {
    Map<ContentHash, List<Version>> byHash = new HashMap<>();
    Map<ContentHash, List<Version>> byBasis = new HashMap<>();
    for (Version version : left) {
      if (version.content() instanceof Content.File file) {
        byHash.computeIfAbsent(file.hash(), _ -> new ArrayList<>()).add(version);
      }
      if (version.basis() != null) {
        byBasis.computeIfAbsent(version.basis(), _ -> new ArrayList<>()).add(version);
      }
    }
    for (Version loser : left) {
      List<Version> winners =
          loser.content() instanceof Content.File file
              ? byBasis.getOrDefault(file.hash(), List.of()).stream()
                  .filter(winner -> absorbs(winner, loser))
                  .toList()
              : List.of();
      boolean absorbs =
          loser.basis() != null
              && byHash.getOrDefault(loser.basis(), List.of()).stream()
                  .anyMatch(other -> absorbs(loser, other));
      if (!absorbs && !winners.isEmpty()) {
        List<Version> grown = new ArrayList<>();
        for (Version winner : winners) {
          Version joined = winner.withVector(winner.vector().join(loser.vector()));
          left.set(left.indexOf(winner), joined);
          grown.add(joined);
        }
        left.remove(loser);
        return grown;
      }
    }
    return List.of();
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

  private static int compareSame(Content a, Content b) {
    if (a instanceof Content.File(ContentHash one, long oneBytes)
        && b instanceof Content.File(ContentHash other, long otherBytes)) {
      int order = one.compareTo(other);
      return order != 0 ? order : Long.compare(oneBytes, otherBytes);
    }
    return a instanceof Content.Link(String one) && b instanceof Content.Link(String other)
        ? one.compareTo(other)
        : 0;
  }
}
