package org.realize.store.disk;

import java.time.Duration;
import org.realize.sync.port.TimeSource;

/** The machine's own clocks. */
public final class SystemTimeSource implements TimeSource {

  @Override
  public long unixMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public long monotonicNanos() {
    return System.nanoTime();
  }

  @Override
  public void sleep(Duration duration) throws InterruptedException {
    Thread.sleep(duration);
  }
}
