package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.rules.Maxima;

/** The simulator's judge and the product's, on copies of one tree that went apart. */
class NaiveMaximaTest {

  private static final List<RelativePath> PATHS =
      List.of(RelativePath.of("a"), RelativePath.of("b"), RelativePath.of("c"));
  private static final int COPIES = 4;
  private static final int MOST_CHANGES = 14;

  @Test
  void of_perturbedCopiesOfOneTree_productAgrees() {
    int conflicts = 0;
    int merged = 0;
    for (long seed = 0; seed < 4_000; seed++) {
      Random random = new Random(seed);
      Copies copies = new Copies(random);
      for (int change = random.nextInt(MOST_CHANGES); change >= 0; change--) {
        copies.perturb();
      }
      for (RelativePath path : PATHS) {
        List<Version> versions = copies.someOf(path);
        Set<Version> expected = NaiveMaxima.of(versions);
        for (int order = 0; order < 4; order++) {
          Collections.shuffle(versions, random);
          assertThat(NaiveMaxima.of(versions))
              .as("seed %d: %s", seed, versions)
              .isEqualTo(expected);
          List<Version> product = Maxima.of(versions);
          assertThat(product).as("seed %d: %s", seed, versions).hasSameSizeAs(expected);
          assertThat(Set.copyOf(product)).as("seed %d: %s", seed, versions).isEqualTo(expected);
        }
        conflicts += expected.size() > 1 ? 1 : 0;
        merged += versions.containsAll(expected) ? 0 : 1;
      }
    }
    assertThat(conflicts).isGreaterThan(1_000);
    assertThat(merged).isGreaterThan(1_000);
  }

  /** Copies of one tree, each of which its owner changes, or brings up to another. */
  private static final class Copies {
    private final Random random;
    private final List<Map<RelativePath, Version>> trees = new ArrayList<>();
    private final Map<RelativePath, Set<Version>> all = new HashMap<>();
    private long changes;

    Copies(Random random) {
      this.random = random;
      Map<RelativePath, Version> tree = new HashMap<>();
      for (RelativePath path : PATHS) {
        if (random.nextInt(4) > 0) {
          tree.put(path, made(path, file(random.nextInt(4)), null, 0, null, false));
        }
      }
      for (int copy = 0; copy < COPIES; copy++) {
        trees.add(new HashMap<>(tree));
      }
    }

    void perturb() {
      int owner = random.nextInt(COPIES);
      Map<RelativePath, Version> tree = trees.get(owner);
      RelativePath path = PATHS.get(random.nextInt(PATHS.size()));
      RelativePath other = PATHS.get(random.nextInt(PATHS.size()));
      switch (random.nextInt(8)) {
        case 0 -> change(owner, path, new Content.Absent(), null);
        case 1 -> {
          if (tree.containsKey(other)) {
            change(owner, path, tree.get(other).content(), other);
          }
        }
        case 2 -> {
          // its index is lost and the files are found once more
          Version lost = tree.remove(path);
          if (lost != null && !lost.isTombstone()) {
            tree.put(path, made(path, lost.content(), null, owner, null, true));
          }
        }
        case 3, 4 -> {
          Version theirs = trees.get(random.nextInt(COPIES)).get(path);
          Version mine = tree.get(path);
          if (theirs != null
              && (mine == null || NaiveMaxima.covers(theirs.vector(), mine.vector()))) {
            tree.put(path, theirs);
          }
        }
        default -> change(owner, path, file(random.nextInt(4)), null);
      }
    }

    private void change(
        int owner, RelativePath path, Content content, @Nullable RelativePath from) {
      Version base = trees.get(owner).get(path);
      boolean isChange = base == null ? !content.isAbsent() : !base.content().equals(content);
      if (isChange) {
        trees.get(owner).put(path, made(path, content, base, owner, from, false));
      }
    }

    private Version made(
        RelativePath path,
        Content content,
        @Nullable Version base,
        int owner,
        @Nullable RelativePath from,
        boolean found) {
      VersionVector vector = base == null ? VersionVector.EMPTY : base.vector();
      Version version =
          new Version(
              content,
              vector.with(new StoreId(new UUID(0, owner + 1)), ++changes),
              base != null && base.content() instanceof Content.File file ? file.hash() : null,
              from,
              found);
      all.computeIfAbsent(path, _ -> new LinkedHashSet<>()).add(version);
      return version;
    }

    /** What some peer may know of a path: most of what was made there. */
    List<Version> someOf(RelativePath path) {
      List<Version> some = new ArrayList<>(all.getOrDefault(path, new HashSet<>()));
      some.removeIf(_ -> random.nextInt(5) == 0);
      return some;
    }

    private static Content file(int which) {
      return new Content.File(new ContentHash(which + 1, 0, 0, 0), 1);
    }
  }
}
