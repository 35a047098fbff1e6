package org.realize.nima.rpc;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.port.TimeSource;

/** A clock that stands still until a test moves it. */
final class VirtualTime implements TimeSource {

  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);

  @Override
  public long unixMillis() {
    return nanos.get() / 1_000_000;
  }

  @Override
  public long monotonicNanos() {
    return nanos.get();
  }

  /** Moves the clock instead of waiting. */
  @Override
  public void sleep(Duration duration) {
    advance(duration);
  }

  void advance(Duration duration) {
    nanos.addAndGet(duration.toNanos());
  }
}
