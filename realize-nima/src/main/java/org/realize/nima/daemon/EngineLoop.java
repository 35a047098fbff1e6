package org.realize.nima.daemon;

import java.time.Duration;
import java.util.List;
import org.realize.sync.engine.Engine;
import org.realize.sync.port.TimeSource;
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
  private final TimeSource time;
  private final Thread thread;

  private EngineLoop(String name, List<Engine> engines, TimeSource time, Runnable prologue) {
    this.engines = List.copyOf(engines);
    this.time = time;
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
  static EngineLoop start(String name, List<Engine> engines, TimeSource time, Runnable prologue) {
    EngineLoop loop = new EngineLoop(name, engines, time, prologue);
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
          time.sleep(wait);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
