package org.realize.sync.transfer;

import org.jspecify.annotations.Nullable;

/**
 * The cancellation of a run that no reader needs. Its thread is interrupted only while it waits for
 * a peer, for room or for another run, never while it uses a disk or a store, whose files an
 * interrupt could close for everybody. Guarded by its monitor.
 */
final class Cancellation {

  /** The run's thread while it waits. */
  private @Nullable Thread waiting;

  private boolean cancelled;

  synchronized void cancel() {
    cancelled = true;
    if (waiting != null) {
      waiting.interrupt();
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** From now on the thread may be interrupted. */
  void enter() throws InterruptedException {
    if (!tryEnter()) {
      throw new InterruptedException("cancelled");
    }
  }

  synchronized boolean tryEnter() {
    waiting = cancelled ? null : Thread.currentThread();
    return !cancelled;
  }

  /** From now on it is not, and no interrupt is left over. */
  synchronized void leave() {
    if (waiting != null) {
      waiting = null;
      Thread.interrupted();
    }
  }
}
