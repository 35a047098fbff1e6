package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReadAheadTest {

  private static final long MAX = 16L << 20;
  private static final long STEP = 1L << 20;

  private final ReadAhead readAhead = new ReadAhead(MAX);

  @Test
  void after_readsInOrder_growsToTheBound() {
    long window = 0;
    for (long at = 0; at < 64 * STEP; at += STEP) {
      long target = readAhead.after(at, at + STEP);
      assertThat(target - at - STEP).isGreaterThanOrEqualTo(window);
      window = target - at - STEP;
    }
    assertThat(window).isEqualTo(MAX);
  }

  @Test
  void after_firstRead_isTwiceItsLength() {
    assertThat(readAhead.after(0, 4096)).isEqualTo(3 * 4096);
  }

  @Test
  void after_firstReadInTheMiddle_isNothing() {
    assertThat(readAhead.after(50 * STEP, 50 * STEP + 1)).isEqualTo(50 * STEP + 1);
  }

  @Test
  void after_jump_isNothingUntilInOrderAgain() {
    readAhead.after(0, STEP);
    readAhead.after(STEP, 2 * STEP);
    assertThat(readAhead.after(100 * STEP, 101 * STEP)).isEqualTo(101 * STEP);
    assertThat(readAhead.after(101 * STEP, 102 * STEP)).isEqualTo(104 * STEP);
  }

  @Test
  void after_neighboursOutOfOrder_staysInOrder() {
    readAhead.after(0, STEP);
    long far = readAhead.after(2 * STEP, 3 * STEP);
    assertThat(far).isGreaterThan(3 * STEP);
    assertThat(readAhead.after(STEP, 2 * STEP)).isEqualTo(far);
  }
}
