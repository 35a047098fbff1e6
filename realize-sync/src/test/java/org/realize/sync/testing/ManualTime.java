package org.realize.sync.testing;

import java.time.Duration;
import java.util.PriorityQueue;
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
  private final PriorityQueue<Long> wakings = new PriorityQueue<>();

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
    wakings.add(end);
    notifyAll();
    try {
      while (monotonicNanos < end) {
        wait();
      }
    } finally {
      wakings.remove(end);
      notifyAll();
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

  /**
   * Waits until so many threads sleep and none of them is due, then moves both clocks to where the
   * first one wakes: no time passes while any of them works.
   */
  public synchronized void leap(int threads) throws InterruptedException {
    while (wakings.size() < threads || wakings.peek() <= monotonicNanos) {
      wait();
    }
    advance(Duration.ofNanos(wakings.peek() - monotonicNanos));
  }

  /** Sets the wall clock alone, as a user or NTP does. */
  public synchronized void jumpTo(long millis) {
    unixMillis = millis;
  }

  /** Threads that sleep now. */
  public synchronized int sleepers() {
    return wakings.size();
  }
}
