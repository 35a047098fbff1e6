package org.realize.chaos.sim;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.ManualTime;

/** A peer's own wall clock, which may be wrong by any amount. */
final class OwnClock implements TimeSource {

  private final ManualTime time;
  private long offsetMillis;

  OwnClock(ManualTime time) {
    this.time = time;
  }

  void jump(long millis) {
    offsetMillis += millis;
  }

  @Override
  public long unixMillis() {
    return time.unixMillis() + offsetMillis;
  }

  @Override
  public long monotonicNanos() {
    return time.monotonicNanos();
  }

  /**
   * Lets no time pass where a fetch waits for a moment, on a thread of its own or on the one that
   * plays the simulation. The threads by which caches commit what is pending sleep until they are
   * interrupted: in the simulation their upkeep commits it.
   */
  @Override
  public void sleep(Duration duration) throws InterruptedException {
    Thread thread = Thread.currentThread();
    if (thread.isVirtual() && !thread.getName().equals("fetch")) {
      new CountDownLatch(1).await();
    }
  }
}
