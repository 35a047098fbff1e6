package org.realize.sync.testing;

import java.time.Duration;
import org.realize.sync.port.TimeSource;

/**
 * Virtual time: it stands still until a test moves it. Sleepers wake when it passes their end.
 * Thread-safe; guarded by its monitor.
 */
public final class ManualTime implements TimeSource {

  /** 2026-01-01T00:00:00Z. */
  public static final long START_MILLIS = 1_767_225_600_000L;

  private long unixMillis = START_MILLIS;
  private long monotonicNanos;
  private int sleepers;

  @Override
  public synchronized long unixMillis() {
    return unixMillis;
  }

  @Override
  public synchronized long monotonicNanos() {
    return monotonicNanos;
  }

  @Override
  public synchronized void sleep(Duration duration) throws InterruptedException {
    long end = monotonicNanos + duration.toNanos();
    sleepers++;
    notifyAll();
    try {
      while (monotonicNanos < end) {
        wait();
      }
    } finally {
      sleepers--;
    }
  }

  /** Moves both clocks. */
  public synchronized void advance(Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("time does not go back by " + duration);
    }
    monotonicNanos += duration.toNanos();
    unixMillis += duration.toMillis();
    notifyAll();
  }

  /** Sets the wall clock alone, as a user or NTP does. */
  public synchronized void jumpTo(long millis) {
    unixMillis = millis;
  }

  /** Threads that sleep now. */
  public synchronized int sleepers() {
    return sleepers;
  }
}
