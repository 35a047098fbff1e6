package org.realize.sync.rate;

import java.util.function.LongPredicate;

/** A limit of the rate of bytes, or none. Thread-safe. */
public interface Throttle {

  /** Lets everything through at once. */
  Throttle NONE = (_, _) -> true;

  /**
   * Waits until so many bytes may go. False, with nothing taken, once {@code givenUp} says so,
   * which is asked before each wait, of 100 ms at most, and told the monotonic time, so that it can
   * hold a deadline. It must be quick and wait for nothing.
   */
  boolean take(int bytes, LongPredicate givenUp) throws InterruptedException;
}
