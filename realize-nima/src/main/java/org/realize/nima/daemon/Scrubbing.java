package org.realize.nima.daemon;

import java.time.Duration;
import java.util.Optional;
import org.realize.nima.config.Rate;
import org.realize.store.disk.DiskPriority;
import org.realize.sync.engine.Scrub;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.TokenBucket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that scrubs an arena: one slow pass, a rest, the next one. It leaves the disk to all
 * others.
 */
final class Scrubbing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Scrubbing.class);

  /** After a start the machine has other things to do. */
  private static final Duration FIRST = Duration.ofMinutes(10);

  private static final Duration REST = Duration.ofDays(7);

  /** What could not be repaired, or a pass that failed, is tried again so often. */
  private static final Duration AGAIN = Duration.ofHours(1);

  private final OpenArena arena;
  private final Scrub scrub;
  private final TimeSource time;
  private final Thread thread;

  Scrubbing(OpenArena arena, Rate rate, TimeSource time) throws RealizeException {
    this.arena = arena;
    this.time = time;
    TokenBucket throttle = new TokenBucket(rate::bytesPerSecond, time);
    scrub = new Scrub(arena.checked(), throttle, arena.damage());
    String name = "scrub of " + arena.name();
    thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
  }

  Scrubbing start() {
    thread.start();
    return this;
  }

  private void run() {
    DiskPriority.idle();
    try {
      time.sleep(FIRST);
      while (true) {
        step();
        time.sleep(AGAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void step() throws InterruptedException {
    try {
      Optional<Long> ended = scrub.endedMillis();
      if (ended.isPresent() && time.unixMillis() - ended.get() < REST.toMillis()) {
        scrub.again();
        return;
      }
      Scrub.Pass pass = scrub.pass();
      LOG.info(
          "arena {}: read {} bytes again, {} of them had changed",
          arena.name(),
          pass.checkedBytes(),
          pass.wrongBytes());
    } catch (RealizeException e) {
      LOG.warn("arena {}: scrub: {}", arena.name(), e.oneLine());
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
