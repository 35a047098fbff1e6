package org.realize.nima.daemon;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.sync.engine.Engine;
import org.realize.sync.engine.Job;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that steps engines, one after the other, whenever one of them is due. A step may list
 * a large directory, so it is no virtual thread.
 */
final class EngineLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** A step may wait for a slow disk, or for a peer that has what it needs. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  private final List<Engine> engines;
  private final Semaphore woken = new Semaphore(0);
  private final Loop loop;
  private final Thread thread;

  private EngineLoop(String name, List<Engine> engines, Runnable prologue, Loops loops) {
    this.engines = List.copyOf(engines);
    this.loop = loops.of(name, PATIENCE);
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(() -> {
              prologue.run();
              loop.run(this::step);
            });
  }

  /**
   * Starts a loop.
   *
   * @param prologue run first, on the loop's thread
   * @param loops the register of the daemon's loops
   */
  static EngineLoop start(String name, List<Engine> engines, Runnable prologue, Loops loops) {
    EngineLoop loop = new EngineLoop(name, engines, prologue, loops);
    loop.thread.start();
    return loop;
  }

  private boolean step() throws InterruptedException {
    Duration wait = Duration.ofHours(1);
    for (Engine engine : engines) {
      Duration due = engine.step();
      wait = due.compareTo(wait) < 0 ? due : wait;
    }
    if (wait.isPositive()) {
      loop.waits(wait);
      woken.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS);
      woken.drainPermits();
    }
    return !Thread.currentThread().isInterrupted();
  }

  /** Makes all jobs due now. Any thread may call it; returns at once. */
  void wake() {
    engines.forEach(Engine::wake);
    wakeThread();
  }

  /** As {@link #wake()}, of one job alone. */
  void wake(Job job) {
    engines.forEach(engine -> engine.wake(job));
    wakeThread();
  }

  private void wakeThread() {
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
