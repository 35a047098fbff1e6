package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangesTest {

  private static final int SPAN = 64;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void plusMinusContains_seededSets_agreeWithABitSet(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      BitSet a = bits(random);
      BitSet b = bits(random);
      ByteRanges x = ranges(a);
      ByteRanges y = ranges(b);
      BitSet or = (BitSet) a.clone();
      or.or(b);
      BitSet less = (BitSet) a.clone();
      less.andNot(b);
      assertThat(x.plus(y)).isEqualTo(ranges(or));
      assertThat(x.minus(y)).isEqualTo(ranges(less));
      assertThat(x.lengthBytes()).isEqualTo(a.cardinality());
      int start = random.nextInt(SPAN);
      int end = start + random.nextInt(SPAN - start);
      assertThat(x.contains(start, end))
          .isEqualTo(start == end || a.get(start, end).cardinality() == end - start);
    }
  }

  private static BitSet bits(Random random) {
    BitSet bits = new BitSet();
    for (int i = random.nextInt(5); i > 0; i--) {
      int start = random.nextInt(SPAN);
      bits.set(start, start + random.nextInt(SPAN - start));
    }
    return bits;
  }

  private static ByteRanges ranges(BitSet bits) {
    List<ByteRange> ranges = new ArrayList<>();
    for (int start = bits.nextSetBit(0); start >= 0; ) {
      int end = bits.nextClearBit(start);
      ranges.add(new ByteRange(start, end));
      start = bits.nextSetBit(end);
    }
    return ByteRanges.union(ranges);
  }
}
