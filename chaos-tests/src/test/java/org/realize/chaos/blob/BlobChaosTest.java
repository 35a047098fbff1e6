package org.realize.chaos.blob;

import org.junit.jupiter.api.Test;

/** A short sweep of what {@code scripts/chaos --blobs} does for long. */
final class BlobChaosTest {
  private static final long FIRST = Long.getLong("realize.seed", 1);
  private static final int SEEDS = 40;

  @Test
  void blobs_onBadDisks_loseNothingAndLeaveNothing() throws Exception {
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      new BlobScenario(seed).run();
    }
  }
}
