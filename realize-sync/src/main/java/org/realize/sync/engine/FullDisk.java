package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Backoff;

/**
 * The pause of all work that needs room, after a disk or a cache was full: the next file would be
 * fetched in vain, too. Thread-safe.
 */
final class FullDisk {

  private static final Backoff NONE = Backoff.between(Engine.FIRST_RETRY, Engine.LAST_RETRY);

  private final TimeSource time;

  /** Guarded by this, as the next one. */
  private Backoff backoff = NONE;

  private long untilNanos;

  FullDisk(TimeSource time) {
    this.time = time;
  }

  /** There was no room; begins a pause, twice as long each time. */
  synchronized void met() {
    if (left().isEmpty()) {
      backoff = backoff.afterFailure();
      untilNanos = time.monotonicNanos() + backoff.delay().toNanos();
    }
  }

  /** There was room. */
  synchronized void over() {
    backoff = NONE;
  }

  /** The rest of the pause; empty while there is none. */
  synchronized Optional<Duration> left() {
    long left = untilNanos - time.monotonicNanos();
    return backoff.failures() > 0 && left > 0
        ? Optional.of(Duration.ofNanos(left))
        : Optional.empty();
  }
}
