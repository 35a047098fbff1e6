package org.realize.nima.cli;

import java.util.concurrent.CountDownLatch;

/** The ordered end of this process after a signal. */
@FunctionalInterface
interface ProcessEnd {

  /** A running part that holds the process until it is closed. */
  interface Watch extends AutoCloseable {

    /** Tells with which code the process shall exit if a signal is what ended it. */
    void ended(int exitCode);

    @Override
    void close();
  }

  /** Calls {@code stop} on SIGTERM, SIGINT or SIGHUP, and lets the process end after close. */
  Watch onSignal(Runnable stop);

  /**
   * The real thing. The JVM answers a signal with its shutdown hooks and then exits with 128 plus
   * the signal; an ordered end is no failure, so the hook waits for it and halts with its code.
   */
  static ProcessEnd ofThisProcess() {
    return HookedEnd::new;
  }

  /** A shutdown hook for as long as something runs. */
  final class HookedEnd implements Watch {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;
    private volatile int exitCode = ExitCode.ERROR.code();

    HookedEnd(Runnable stop) {
      hook = new Thread(() -> end(stop), "ordered-end");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private void end(Runnable stop) {
      stop.run();
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Runtime.getRuntime().halt(exitCode);
    }

    @Override
    public void ended(int code) {
      exitCode = code;
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // A signal has come: the hook runs and waits for this.
      }
      closed.countDown();
    }
  }
}
