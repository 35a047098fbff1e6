package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ByNumberTest {

  private record Item(long number, int order) {}

  @Test
  void sorted_anyNumbers_isAsAStableSort() {
    for (long seed = 0; seed < 500; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int count = random.nextInt(200);
      long bound = 1 + random.nextLong(1L << random.nextInt(1, 62));
      List<Item> items = new ArrayList<>();
      for (int order = 0; order < count; order++) {
        items.add(new Item(random.nextLong(-bound, bound), order));
      }
      List<Item> expected = new ArrayList<>(items);
      expected.sort(Comparator.comparingLong(Item::number));

      assertThat(ByNumber.sorted(items, Item::number)).as("seed %d", seed).isEqualTo(expected);
    }
  }
}
