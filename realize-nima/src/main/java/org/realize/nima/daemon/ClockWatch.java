package org.realize.nima.daemon;

import java.time.Duration;
import org.realize.nima.rpc.PeerConnections;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch of this machine's clock: once it was set right after it had been far ahead, all
 * connections are made again, and this store takes a new identity with the first of them. Used by
 * one thread.
 */
final class ClockWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ClockWatch.class);
  private static final Duration PERIOD = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  private final Thread thread;

  private ClockWatch(Thread thread) {
    this.thread = thread;
  }

  static ClockWatch start(
      Incarnations incarnations, PeerConnections peers, TimeSource time, Loops loops) {
    Loop loop = loops.of("watch of the clock", PATIENCE);
    Thread thread =
        Thread.ofVirtual()
            .name("clock-watch")
            .start(() ->
                loop.run(() -> {
                  loop.waits(PERIOD);
                  time.sleep(PERIOD);
                  loop.works();
                  if (incarnations.isAhead()) {
                    LOG.warn("the clock was far ahead and is not now: all peers are greeted again");
                    peers.greetAgain("the clock was set");
                  }
                  return true;
                }));
    return new ClockWatch(thread);
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("the watch of the clock has not ended within {} s", CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
