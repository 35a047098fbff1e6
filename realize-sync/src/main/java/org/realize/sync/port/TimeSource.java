package org.realize.sync.port;

import java.time.Duration;

/**
 * The clock: wall time for users and counters, a monotonic one for intervals, and sleep.
 * Thread-safe.
 */
public interface TimeSource {

  /** Milliseconds since 1970 UTC. May jump in either direction. */
  long unixMillis();

  /** Nanoseconds of a clock that never goes back, from an arbitrary start. */
  long monotonicNanos();

  void sleep(Duration duration) throws InterruptedException;
}
