package org.realize.sync.rate;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.realize.sync.port.TimeSource;

/**
 * A throttle by the token bucket: bytes are earned at a rate, which may change at any time, and
 * saved up while there is no caller. In any stretch of time no more go through than the rate allows
 * for it, and once more the larger of 250 ms at that rate and one take.
 *
 * <p>Who waits draws a ticket and is served in order, so that no caller is served twice while
 * another else waits. Only the first in the queue sleeps, for 100 ms at most at a time; each time
 * it has slept, it and all behind it are asked whether they have given up.
 *
 * <p>Mutable fields are guarded by {@link #lock}, which is not held while the first one sleeps.
 */
public final class TokenBucket implements Throttle {

  private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();
  private static final long BURST_NANOS = Duration.ofMillis(250).toNanos();
  private static final long SLICE_NANOS = Duration.ofMillis(100).toNanos();

  /** Higher rates count as this one, so that all figures fit into 63 bits. */
  private static final long MAX_RATE = 1L << 32;

  /** The outcomes of a turn that need no further waiting. */
  private static final long TAKEN = 0;

  private static final long GIVEN_UP = -1;

  private final LongSupplier bytesPerSecond;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final Deque<Object> tickets = new ArrayDeque<>();

  /** In billionths of a byte, so that a rate earns a whole number each nanosecond. */
  private long saved = Long.MAX_VALUE;

  private long earnedUntilNanos;

  /**
   * A full bucket.
   *
   * @param bytesPerSecond the rate at that moment, 0 for none: all goes through; must be quick and
   *     wait for nothing
   */
  public TokenBucket(LongSupplier bytesPerSecond, TimeSource time) {
    this.bytesPerSecond = bytesPerSecond;
    this.time = time;
    earnedUntilNanos = time.monotonicNanos();
  }

  @Override
  public boolean take(int bytes, LongPredicate givenUp) throws InterruptedException {
    Object ticket = new Object();
    queue(ticket);
    try {
      long outcome = turn(ticket, bytes, givenUp);
      while (outcome > 0) {
        time.sleep(Duration.ofNanos(Math.min(outcome, SLICE_NANOS)));
        outcome = turn(ticket, bytes, givenUp);
      }
      return outcome == TAKEN;
    } finally {
      leave(ticket);
    }
  }

  private void queue(Object ticket) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      tickets.add(ticket);
    } finally {
      lock.unlock();
    }
  }

  /** Waits to be the first; how many nanoseconds that one has to sleep, or how it ended. */
  private long turn(Object ticket, int bytes, LongPredicate givenUp) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      moved.signalAll();
      while (true) {
        boolean first = ticket.equals(tickets.peek());
        long waitNanos = first ? tryTake(bytes) : Long.MAX_VALUE;
        if (waitNanos > 0 && givenUp.test(time.monotonicNanos())) {
          return GIVEN_UP;
        }
        if (first) {
          return waitNanos;
        }
        moved.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private long tryTake(int bytes) {
    long now = time.monotonicNanos();
    long elapsedNanos = now - earnedUntilNanos;
    earnedUntilNanos = now;
    long rate = Math.min(bytesPerSecond.getAsLong(), MAX_RATE);
    if (rate <= 0) {
      return TAKEN;
    }
    long need = bytes * NANOS_PER_SECOND;
    long most = Math.max(need, rate * BURST_NANOS);
    boolean full = saved >= most || elapsedNanos >= Math.ceilDiv(most - saved, rate);
    saved = full ? most : saved + elapsedNanos * rate;
    if (saved < need) {
      return Math.ceilDiv(need - saved, rate);
    }
    saved -= need;
    return TAKEN;
  }

  private void leave(Object ticket) {
    lock.lock();
    try {
      tickets.remove(ticket);
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
