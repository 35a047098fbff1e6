package org.realize.sync.transfer;

/**
 * The end of a run that nobody needs any more. Its thread is interrupted only while it waits for a
 * peer, for room or for another run, never while it uses a disk or a store, whose files an
 * interrupt could close for everybody. Guarded by its monitor.
 */
final class Cancellation {

  private final Thread thread;
  private boolean waiting;
  private boolean cancelled;

  /** For {@code thread}, which alone calls {@link #enter} and {@link #leave}. */
  Cancellation(Thread thread) {
    this.thread = thread;
  }

  synchronized void cancel() {
    cancelled = true;
    if (waiting) {
      thread.interrupt();
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
    waiting = !cancelled;
    return waiting;
  }

  /** From now on it is not, and no interrupt is left over. */
  synchronized void leave() {
    if (waiting) {
      waiting = false;
      Thread.interrupted();
    }
  }
}
