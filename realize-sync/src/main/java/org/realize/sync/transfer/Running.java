package org.realize.sync.transfer;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The count of an arena's running work, so that its stores close after it. Thread-safe. */
final class Running {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();

  /** Guarded by {@code lock}. */
  private int runs;

  void begin() {
    lock.lock();
    try {
      runs++;
    } finally {
      lock.unlock();
    }
  }

  void end() {
    lock.lock();
    try {
      runs--;
      if (runs == 0) {
        none.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until none is left; false when some are after {@code timeout}. */
  boolean awaitNone(Duration timeout) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = timeout.toNanos();
      while (runs > 0 && left > 0) {
        left = none.awaitNanos(left);
      }
      return runs == 0;
    } finally {
      lock.unlock();
    }
  }
}
