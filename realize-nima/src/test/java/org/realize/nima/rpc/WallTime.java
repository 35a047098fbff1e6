package org.realize.nima.rpc;

import java.time.Duration;
import org.realize.sync.port.TimeSource;

/** The machine's own clock, for tests over real sockets. */
final class WallTime implements TimeSource {

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
