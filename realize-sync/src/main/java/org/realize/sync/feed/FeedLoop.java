package org.realize.sync.feed;

import java.time.Duration;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread around a {@link FeedPuller}: steps while the link is up, and after a failure waits 0.5
 * s, doubling to 5 min. It blocks in the peer's feed while there is no news, so it wants a virtual
 * thread of its own per peer and arena; it ends with the link or by interruption.
 */
public final class FeedLoop implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(FeedLoop.class);
  private static final Duration NEWS = Duration.ofSeconds(30);
  private static final Backoff NO_PAUSE =
      Backoff.between(Duration.ofMillis(500), Duration.ofMinutes(5));

  private final ArenaName arena;
  private final PeerLink link;
  private final FeedPuller puller;
  private final TimeSource time;

  public FeedLoop(ArenaName arena, PeerLink link, FeedPuller puller, TimeSource time) {
    this.arena = arena;
    this.link = link;
    this.puller = puller;
    this.time = time;
  }

  @Override
  public void run() {
    Backoff pause = NO_PAUSE;
    try {
      while (link.connected()) {
        try {
          puller.step(NEWS);
          pause = NO_PAUSE;
        } catch (RealizeException e) {
          if (!link.connected()) {
            return;
          }
          LOG.warn("arena {}: following {}: {}", arena, link.peer(), e.oneLine());
          pause = pause.afterFailure();
          time.sleep(pause.delay());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
