package org.realize.sync.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.port.TimeSource;

/** Time that passes by sleeping only, and then at once: for whoever waits before trying again. */
public final class SleeplessTime implements TimeSource {
  private final AtomicLong nanos = new AtomicLong();
  private final List<Duration> sleeps = new CopyOnWriteArrayList<>();

  @Override
  public long unixMillis() {
    return nanos.get() / 1_000_000;
  }

  @Override
  public long monotonicNanos() {
    return nanos.get();
  }

  @Override
  public void sleep(Duration duration) {
    sleeps.add(duration);
    nanos.addAndGet(duration.toNanos());
  }

  /** Every sleep so far. */
  public List<Duration> sleeps() {
    return new ArrayList<>(sleeps);
  }
}
