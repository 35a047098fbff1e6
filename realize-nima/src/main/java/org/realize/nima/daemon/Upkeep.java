package org.realize.nima.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that takes the arenas' background steps, one after the other, at once and every ten
 * seconds. A step may list a large directory, so it is no virtual thread.
 */
final class Upkeep implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  private final List<OpenArena> arenas;
  private final TimeSource time;
  private final Thread thread;

  Upkeep(List<OpenArena> arenas, TimeSource time) {
    this.arenas = List.copyOf(arenas);
    this.time = time;
    this.thread = Thread.ofPlatform().daemon().name("upkeep").unstarted(this::run);
  }

  Upkeep start() {
    thread.start();
    return this;
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        arenas.forEach(Upkeep::step);
        time.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void step(OpenArena arena) {
    arena.hits().step();
    try {
      arena.reaper().step();
    } catch (RealizeException e) {
      LOG.warn("arena {}: delete blobs that nothing shows: {}", arena.name(), e.oneLine());
    }
    try {
      arena.blobs().step();
    } catch (RealizeException e) {
      LOG.warn("arena {}: keep the cache in order: {}", arena.name(), e.oneLine());
    }
    try {
      if (arena.trash().isPresent()) {
        arena.trash().get().step();
      }
    } catch (IOException e) {
      LOG.debug("arena {}: empty the trash: {}", arena.name(), e.toString());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
