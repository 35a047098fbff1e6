package org.realize.nima.rpc;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait after so many failures in a row: 0.5 s doubling to 60 s, each taken with a
 * factor between 0.75 and 1.25 so that two nodes do not meet in lock-step. Immutable.
 */
record Backoff(int failures) {

  static final Backoff NONE = new Backoff(0);

  /** For a peer that refused us for a reason that does not pass by itself: the longest wait. */
  static final Backoff LONG = new Backoff(8);

  private static final long FIRST_MILLIS = 500;
  private static final long MOST_MILLIS = 60_000;

  Backoff afterFailure() {
    return new Backoff(failures + 1);
  }

  /** Zero without a failure. */
  Duration delay(RandomGenerator random) {
    if (failures == 0) {
      return Duration.ZERO;
    }
    long doubled = FIRST_MILLIS << Math.min(failures - 1, 16);
    double factor = 0.75 + 0.5 * random.nextDouble();
    return Duration.ofMillis(Math.round(Math.min(doubled, MOST_MILLIS) * factor));
  }
}
