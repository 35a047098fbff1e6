package org.realize.store.blob;

import java.time.Duration;
import org.realize.sync.port.TimeSource;

/**
 * A timer that is polled: due once a period, first one period after it was made. Used by one thread
 * at a time.
 */
final class PeriodTimer {

  private final Duration period;
  private final TimeSource time;
  private long lastNanos;

  PeriodTimer(Duration period, TimeSource time) {
    this.period = period;
    this.time = time;
    this.lastNanos = time.monotonicNanos();
  }

  /**
   * True if a period has passed since it was last true; the next one begins now. Missed periods are
   * not made up.
   */
  boolean isDue() {
    long now = time.monotonicNanos();
    if (now - lastNanos < period.toNanos()) {
      return false;
    }
    lastNanos = now;
    return true;
  }
}
