package org.realize.store.blob;

import java.time.Duration;
import org.realize.sync.port.TimeSource;

/** A period timer: due again and again, first after one period. Used by one thread at a time. */
final class PeriodTimer {

  private final Duration period;
  private final TimeSource time;
  private long lastNanos;

  PeriodTimer(Duration period, TimeSource time) {
    this.period = period;
    this.time = time;
    this.lastNanos = time.monotonicNanos();
  }

  /** True once in every period. */
  boolean isDue() {
    long now = time.monotonicNanos();
    if (now - lastNanos < period.toNanos()) {
      return false;
    }
    lastNanos = now;
    return true;
  }
}
