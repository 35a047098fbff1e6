package org.realize.nima.daemon;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.sync.engine.Engine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that steps engines, one after the other, whenever one of them is due. A step may list
 * a large directory, so it is no virtual thread.
 */
final class EngineLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  private final List<Engine> engines;
  private final Semaphore woken = new Semaphore(0);
  private final Thread thread;

  private EngineLoop(String name, List<Engine> engines, Runnable prologue) {
    this.engines = List.copyOf(engines);
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(() -> {
              prologue.run();
              run();
            });
  }

  /**
   * Starts a loop.
   *
   * @param prologue run first, on the loop's thread
   */
  static EngineLoop start(String name, List<Engine> engines, Runnable prologue) {
    EngineLoop loop = new EngineLoop(name, engines, prologue);
    loop.thread.start();
    return loop;
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Duration wait = Duration.ofHours(1);
        for (Engine engine : engines) {
          Duration due = engine.step();
          wait = due.compareTo(wait) < 0 ? due : wait;
        }
        if (wait.isPositive()) {
          woken.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
          woken.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Makes all jobs due now. Any thread may call it; returns at once. */
  void wake() {
    engines.forEach(Engine::wake);
    if (woken.availablePermits() == 0) {
      woken.release();
    }
  }

  /** Interrupts the step that is running, and waits for its end. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("{} has not ended within {} s", thread.getName(), CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
