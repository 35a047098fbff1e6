package org.realize.nima.daemon;

import java.time.Duration;
import org.realize.nima.config.Rate;
import org.realize.sync.engine.BlobCheck;
import org.realize.sync.engine.Scrub;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.realize.sync.transfer.TokenBucket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that scrubs an arena's cache: one slow pass, a rest, the next one. */
final class Scrubbing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Scrubbing.class);

  /** After a start the machine has other things to do. */
  private static final Duration FIRST = Duration.ofMinutes(10);

  private static final Duration REST = Duration.ofDays(7);

  private final OpenArena arena;
  private final Scrub scrub;
  private final TimeSource time;
  private final Thread thread;

  Scrubbing(OpenArena arena, Rate rate, TimeSource time) {
    this.arena = arena;
    this.time = time;
    TokenBucket throttle = new TokenBucket(rate::bytesPerSecond, time);
    scrub = new Scrub(arena.store(), arena.blobs(), throttle, time);
    thread = Thread.ofVirtual().name("scrub of " + arena.name()).unstarted(this::run);
  }

  Scrubbing start() {
    thread.start();
    return this;
  }

  private void run() {
    try {
      time.sleep(FIRST);
      while (true) {
        pass();
        time.sleep(REST);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pass() throws InterruptedException {
    try {
      BlobCheck.Found found = scrub.pass();
      LOG.info(
          "arena {}: read {} cached bytes again, {} of them had changed",
          arena.name(),
          found.checkedBytes(),
          found.wrongBytes());
    } catch (RealizeException e) {
      LOG.warn("arena {}: scrub the cache: {}", arena.name(), e.oneLine());
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
