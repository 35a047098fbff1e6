package org.realize.sync.rate;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The wait after some failures in a row: none without a failure, then {@code first}, doubling with
 * every further one up to {@code longest}. Immutable.
 */
public record Backoff(Duration first, Duration longest, int failures) {

  /** The wait before any failure. */
  public static Backoff between(Duration first, Duration longest) {
    return new Backoff(first, longest, 0);
  }

  public Backoff afterFailure() {
    return afterFailures(failures + 1);
  }

  /** The wait after {@code count} failures, whatever was before. */
  public Backoff afterFailures(int count) {
    return new Backoff(first, longest, count);
  }

  public Duration delay() {
    if (failures == 0) {
      return Duration.ZERO;
    }
    Duration doubled = first.multipliedBy(1L << Math.min(failures - 1, 30));
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }

  /**
   * The wait with a factor between 0.75 and 1.25, so that two who failed together do not try again
   * in lock-step.
   */
  public Duration delay(RandomGenerator random) {
    double factor = 0.75 + 0.5 * random.nextDouble();
    return Duration.ofNanos(Math.round(delay().toNanos() * factor));
  }
}
