package org.realize.nima.rpc;

import java.util.function.Supplier;
import org.realize.nima.config.Rates;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rate.TokenBucket;

/**
 * The send and receive limits of one connection, shared by all its calls, until it ends.
 * Thread-safe.
 */
final class Pace {

  private final Throttle up;
  private final Throttle down;
  private volatile boolean ended;

  /** {@code now} tells the rates at any moment; must be quick and wait for nothing. */
  Pace(Supplier<Rates> now, TimeSource time) {
    up = new TokenBucket(() -> ended ? 0 : now.get().up().bytesPerSecond(), time);
    down = new TokenBucket(() -> ended ? 0 : now.get().down().bytesPerSecond(), time);
  }

  /** For what we send. */
  Throttle up() {
    return up;
  }

  /** For what we take of what the other side sent, and so for what it may send next. */
  Throttle down() {
    return down;
  }

  /** Removes both limits and wakes all waiting calls. Call this when the connection closes. */
  void end() {
    ended = true;
  }
}
