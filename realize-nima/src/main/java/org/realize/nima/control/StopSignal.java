package org.realize.nima.control;

import java.util.concurrent.CountDownLatch;

/** The wish that the daemon ends: made once, by a command or a signal. Thread-safe. */
public final class StopSignal {

  private final CountDownLatch requested = new CountDownLatch(1);

  /** Makes the wish; later calls do nothing. */
  public void request() {
    requested.countDown();
  }

  public boolean requested() {
    return requested.getCount() == 0;
  }

  /** Waits, without bound, until the daemon shall end. */
  public void await() throws InterruptedException {
    requested.await();
  }
}
