package org.realize.chaos.move;

import org.junit.jupiter.api.Test;

/** A short sweep of what {@code scripts/chaos --moves} does for long (#testretries). */
final class MoveChaosTest {
  private static final long FIRST = Long.getLong("realize.seed", 1);
  private static final int SEEDS = 60;

  @Test
  void moves_overBadWiresAndDisks_loseNothingAndLeaveNothing() throws Exception {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      new MoveScenario(seed).run();
    }
  }
}
