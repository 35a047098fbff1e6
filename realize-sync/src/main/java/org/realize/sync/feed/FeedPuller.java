package org.realize.sync.feed;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.feed.FeedReceiver.PageSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink;
import org.realize.sync.rate.Backoff;
import org.realize.sync.rules.ForkRules.Fork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The follower of one peer's feed of one arena over one link, a page at a time, from the end of the
 * last one. When it has caught up for the first time, reports of the peer under earlier identities
 * that were not repeated lose their source.
 *
 * <p>It has no thread and never sleeps: {@link #step} returns when it wants to be called next, so a
 * test or a simulator can advance it in virtual time. A step blocks in the peer's feed while there
 * is no news, so a daemon gives each follower a virtual thread. One thread calls {@link #step}.
 */
public final class FeedPuller {

  private static final Logger LOG = LoggerFactory.getLogger(FeedPuller.class);
  private static final Duration NEWS = Duration.ofSeconds(30);
  private static final Backoff NO_PAUSE =
      Backoff.between(Duration.ofMillis(500), Duration.ofMinutes(5));

  /** The pauses while the peer does not have the arena: it waits itself for the arena to appear. */
  private static final Backoff NO_PAUSE_OF_ABSENT =
      Backoff.between(Duration.ofMillis(500), Duration.ofSeconds(4));

  private final ArenaName arena;
  private final PeerLink link;
  private final FeedReceiver receiver;
  private final Incarnations incarnations;
  private Backoff pause = NO_PAUSE;

  /** Of the last failure, which is logged once; empty after a success. */
  private String lastCause = "";

  private boolean caughtUp;

  /**
   * True if the last page ended below the head: there may be more, or no path has these numbers.
   */
  private boolean isBelowHead;

  /** True while the peer says that it does not have the arena. */
  private boolean isAbsent;

  public FeedPuller(
      ArenaName arena, PeerLink link, FeedReceiver receiver, Incarnations incarnations) {
    this.arena = arena;
    this.link = link;
    this.receiver = receiver;
    this.incarnations = incarnations;
    receiver.connected(link.identity().store());
  }

  /**
   * Asks for one page and takes it in; once it has caught up it waits up to 30 s for news. After a
   * failure the same page is asked for again, after 0.5 s, doubling to 5 min. A peer that does not
   * have the arena is asked to wait as long for it, again and again.
   *
   * @return the time until the next step is due; empty once the link has ended
   */
  public Optional<Duration> step() throws InterruptedException {
    if (!link.connected()) {
      return Optional.empty();
    }
    try {
      pull();
      pause = NO_PAUSE;
      lastCause = "";
      isAbsent = false;
    } catch (NotFound e) {
      receiver.withoutFeed(link.identity().store());
      pause = isAbsent ? pause.afterFailure() : NO_PAUSE_OF_ABSENT.afterFailure();
      if (!isAbsent) {
        LOG.info("arena {}: {} does not take part", arena, link.peer());
      }
      isAbsent = true;
      lastCause = "";
    } catch (RealizeException e) {
      if (!link.connected()) {
        return Optional.empty();
      }
      if (e instanceof Denied) {
        receiver.withoutFeed(link.identity().store());
      }
      pause = (isAbsent ? NO_PAUSE : pause).afterFailure();
      isAbsent = false;
      String cause = e.oneLine();
      Level level = cause.equals(lastCause) ? Level.DEBUG : Level.WARN;
      lastCause = cause;
      LOG.atLevel(level).log("arena {}: follow {}: {}", arena, link.peer(), cause);
    } catch (RuntimeException e) {
      pause = pause.afterFailure();
      LOG.error("arena {}: follow {}", arena, link.peer(), e);
    }
    return Optional.of(pause.delay());
  }

  private void pull() throws RealizeException, InterruptedException {
    StoreId store = link.identity().store();
    if (!incarnations.isLatest(link.identity())) {
      String cause = "another start of its store, or a copy of it, has said Hello";
      link.end(cause);
      throw new RealizeException.Unreachable("feed of " + link.peer() + ": " + cause);
    }
    long progress = receiver.position(store);
    FeedPage page =
        link.feed(arena, progress, FeedPages.MAX_ENTRIES, waitsForNews() ? NEWS : Duration.ZERO);
    receiver.apply(
        new PageSource(link.peer(), store, link.identity().incarnations().getLast()), page);
    long reached =
        page.entries().isEmpty() ? page.headSeq() : page.entries().getLast().report().seq();
    isBelowHead = reached < page.headSeq();
    if (!caughtUp && !isBelowHead) {
      for (StoreId former : incarnations.formerStores(link.peer())) {
        Optional<UUID> heard = receiver.heardFrom(former);
        Optional<Fork> fork =
            heard.isPresent() ? incarnations.fork(former, heard.get()) : Optional.empty();
        receiver.sweep(link.peer(), former, fork);
      }
      caughtUp = true;
    }
  }

  private boolean waitsForNews() {
    return isAbsent || (caughtUp && !isBelowHead);
  }
}
