package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.found;
import static org.realize.sync.rules.Given.hash;
import static org.realize.sync.rules.Given.replacing;
import static org.realize.sync.rules.Given.vector;
import static org.realize.sync.rules.Given.version;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

class MaximaTest {

  private static final Version X_A = version(file("x"), A, 1);

  @Test
  void of_dominated_goesWhicheverComesFirst() {
    Version later = version(file("y"), A, 1, B, 1);

    assertThat(Maxima.of(List.of(X_A, later))).containsExactly(later);
    assertThat(Maxima.of(List.of(later, X_A))).containsExactly(later);
  }

  @Test
  void of_concurrentContents_stayBoth() {
    Version other = version(file("y"), B, 1);

    assertThat(Maxima.of(List.of(X_A, other))).containsExactlyInAnyOrder(X_A, other);
  }

  @Test
  void of_concurrentEqualContents_merge() {
    assertThat(Maxima.of(List.of(X_A, version(file("x"), B, 1))))
        .containsExactly(version(file("x"), A, 1, B, 1));
  }

  @Test
  void of_concurrentTombstones_merge() {
    assertThat(Maxima.of(List.of(version(GONE, A, 1), version(GONE, B, 1))))
        .containsExactly(version(GONE, A, 1, B, 1));
  }

  @Test
  void of_equalBytesUnderAnotherKind_stayBoth() {
    Version link = version(new Content.Link("x"), B, 1);

    assertThat(Maxima.of(List.of(X_A, link))).hasSize(2);
  }

  @Test
  void of_basisIsTheOther_absorbsItAndNotViceVersa() {
    Version y = replacing("x", version(file("y"), B, 1));

    assertThat(Maxima.of(List.of(X_A, y))).containsExactly(y.withVector(vector(A, 1, B, 1)));
    assertThat(Maxima.of(List.of(y, X_A))).containsExactly(y.withVector(vector(A, 1, B, 1)));
  }

  @Test
  void of_eachIsTheOthersBasis_conflict() {
    Version x = replacing("y", X_A);
    Version y = replacing("x", version(file("y"), B, 1));

    assertThat(Maxima.of(List.of(x, y))).containsExactlyInAnyOrder(x, y);
  }

  @Test
  void of_tombstoneWithBasis_absorbsOnlyWhatWasFound() {
    Version gone = replacing("x", version(GONE, B, 1));

    assertThat(Maxima.of(List.of(X_A, gone))).containsExactlyInAnyOrder(X_A, gone);
    assertThat(Maxima.of(List.of(found(X_A), gone)))
        .containsExactly(gone.withVector(vector(A, 1, B, 1)));
  }

  @Test
  void of_tombstoneWithAnotherBasis_doesNotAbsorbWhatWasFound() {
    Version gone = replacing("z", version(GONE, B, 1));

    assertThat(Maxima.of(List.of(found(X_A), gone))).hasSize(2);
  }

  @Test
  void of_chainOfReplacements_lastTakesAll() {
    Version y = replacing("x", version(file("y"), B, 1));
    Version z = replacing("y", version(file("z"), C, 1));

    for (List<Version> order : permutations(List.of(X_A, y, z))) {
      assertThat(Maxima.of(order)).containsExactly(z.withVector(vector(A, 1, B, 1, C, 1)));
    }
  }

  @Test
  void of_circleOfReplacements_staysAConflict() {
    Version x = replacing("z", X_A);
    Version y = replacing("x", version(file("y"), B, 1));
    Version z = replacing("y", version(file("z"), C, 1));

    for (List<Version> order : permutations(List.of(x, y, z))) {
      assertThat(Maxima.of(order)).containsExactlyInAnyOrder(x, y, z);
    }
  }

  @Test
  void of_equalVectorsOfDifferentContents_bothStay() {
    Version y = version(file("y"), A, 1);

    assertThat(Maxima.of(List.of(X_A, y))).containsExactlyInAnyOrder(X_A, y);
  }

  @Test
  void of_differentHintsOfEqualVersions_areForgotten() {
    Version hinted =
        new Version(X_A.content(), X_A.vector(), hash("w"), RelativePath.of("was/here"), true);

    assertThat(Maxima.of(List.of(X_A, hinted))).containsExactly(X_A);
    assertThat(Maxima.of(List.of(hinted, X_A))).containsExactly(X_A);
  }

  @Test
  void of_randomHistories_anyOrderGivesTheSame() {
    for (long seed = 0; seed < 3_000; seed++) {
      List<Version> history = history(new Random(seed), 7);
      List<Version> expected = Maxima.of(history);
      Random order = new Random(~seed);
      for (int i = 0; i < 6; i++) {
        Collections.shuffle(history, order);
        assertThat(Maxima.of(history)).as("seed %d: %s", seed, history).isEqualTo(expected);
      }
    }
  }

  @Test
  void of_randomHistories_isItsOwnResultAndCoversEverything() {
    for (long seed = 0; seed < 3_000; seed++) {
      List<Version> history = history(new Random(seed), 7);
      List<Version> maxima = Maxima.of(history);

      assertThat(Maxima.of(maxima)).as("seed %d", seed).isEqualTo(maxima);
      assertThat(history)
          .as("seed %d", seed)
          .allMatch(v -> maxima.stream().anyMatch(m -> m.vector().covers(v.vector())));
    }
  }

  @Test
  void of_randomHistories_peersThatTellEachOtherEndWithTheSame() {
    for (long seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      List<Version> history = history(random, 7);
      List<List<Version>> peers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        peers.add(Maxima.of(history.stream().filter(v -> random.nextInt(3) > 0).toList()));
      }
      peers.set(0, Maxima.of(union(peers.get(0), history)));
      for (int round = 0; round < 12; round++) {
        int from = random.nextInt(3);
        int to = (from + 1 + random.nextInt(2)) % 3;
        peers.set(to, Maxima.of(union(peers.get(to), peers.get(from))));
      }
      for (int round = 0; round < 4; round++) {
        for (int to = 0; to < 3; to++) {
          peers.set(to, Maxima.of(union(peers.get(to), peers.get((to + 1) % 3))));
        }
      }
      assertThat(new TreeSet<>(peers.stream().map(Object::toString).toList()))
          .as("seed %d: %s", seed, history)
          .hasSize(1);
    }
  }

  private static List<Version> union(List<Version> some, List<Version> others) {
    List<Version> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  /** Versions as stores really make them: each from one that its store knows, with few contents. */
  private static List<Version> history(Random random, int length) {
    List<StoreId> stores = List.of(A, B, C);
    List<Version> made = new ArrayList<>();
    List<Version> present = new ArrayList<>(Collections.nCopies(3, null));
    for (int i = 0; i < length; i++) {
      int store = random.nextInt(3);
      if (random.nextInt(3) == 0 && !made.isEmpty()) {
        Version other = made.get(random.nextInt(made.size()));
        Version mine = present.get(store);
        if (mine == null || other.vector().covers(mine.vector())) {
          present.set(store, other);
        }
        continue;
      }
      Version base = present.get(store);
      VersionVector vector = base == null ? VersionVector.EMPTY : base.vector();
      Content content =
          random.nextInt(5) == 0 ? GONE : file(String.valueOf((char) ('u' + random.nextInt(4))));
      if (base != null && base.content().equals(content)) {
        continue;
      }
      Version next =
          new Version(
              content,
              vector.with(stores.get(store), i + 1),
              base != null && base.content() instanceof Content.File f ? f.hash() : null,
              null,
              base == null && random.nextBoolean());
      made.add(next);
      present.set(store, next);
    }
    if (made.isEmpty()) {
      made.add(X_A);
    }
    return made;
  }

  private static <T> List<List<T>> permutations(List<T> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      List<T> rest = new ArrayList<>(items);
      T first = rest.remove(i);
      for (List<T> tail : permutations(rest)) {
        List<T> whole = new ArrayList<>(tail);
        whole.addFirst(first);
        all.add(whole);
      }
    }
    return all;
  }
}
