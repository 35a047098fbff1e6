package org.realize.sync.branch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.model.ByteRange;

class HereRangesTest {

  private static final int SIZE = 200;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void changes_inAnyOrder_areThoseOfASetOfBytes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    HereRanges ranges = new HereRanges();
    BitSet bytes = new BitSet();
    for (int i = 0; i < 2_000; i++) {
      int start = random.nextInt(SIZE);
      int end = start + random.nextInt(12);
      if (random.nextInt(20) == 0) {
        ranges.cut(start);
        bytes.clear(start, SIZE + 20);
      } else {
        ranges.add(start, end);
        bytes.set(start, end);
      }
      BitSet here = new BitSet();
      ranges.ranges().forEach(each -> set(here, each));
      assertThat(here).isEqualTo(bytes);
      int from = random.nextInt(SIZE);
      int to = from + random.nextInt(SIZE - from);
      BitSet missing = new BitSet();
      ranges.missing(from, to).forEach(each -> set(missing, each));
      BitSet expected = new BitSet();
      expected.set(from, to);
      expected.andNot(bytes);
      assertThat(missing).as("missing of [%d, %d)", from, to).isEqualTo(expected);
      int first = bytes.nextClearBit(0);
      assertThat(ranges.firstMissing(SIZE)).isEqualTo(Math.min(SIZE, first));
    }
  }

  private static void set(BitSet bytes, ByteRange range) {
    bytes.set((int) range.startBytes(), (int) range.endBytes());
  }
}
