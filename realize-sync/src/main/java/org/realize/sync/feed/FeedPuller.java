package org.realize.sync.feed;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.feed.FeedReceiver.Source;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PeerLink;
import org.realize.sync.rules.ForkRules.Fork;

/**
 * The follower of one peer's feed of one arena over one link, a page at a time, from the end of the
 * last one. When it has caught up for the first time, reports of the peer under earlier identities
 * that were not repeated lose their source.
 *
 * <p>One thread calls {@link #step}.
 */
public final class FeedPuller {

  private final ArenaName arena;
  private final PeerLink link;
  private final FeedReceiver receiver;
  private final Incarnations incarnations;
  private boolean caughtUp;

  public FeedPuller(
      ArenaName arena, PeerLink link, FeedReceiver receiver, Incarnations incarnations) {
    this.arena = arena;
    this.link = link;
    this.receiver = receiver;
    this.incarnations = incarnations;
  }

  /** True once all entries up to the head of one of its pages were taken in. */
  public boolean caughtUp() {
    return caughtUp;
  }

  /**
   * Asks for one page and takes it in; waits up to {@code wait} when the peer has no news. Returns
   * the number of entries.
   */
  public int step(Duration wait) throws RealizeException, InterruptedException {
    StoreId store = link.identity().store();
    if (!incarnations.isLatest(link.identity())) {
      String cause = "another start of its store, or a copy of it, has said Hello";
      link.end(cause);
      throw new RealizeException.Unreachable("feed of " + link.peer() + ": " + cause);
    }
    long progress = receiver.progress(store);
    FeedPage page =
        link.feed(arena, progress, FeedPages.MAX_ENTRIES, caughtUp ? wait : Duration.ZERO);
    receiver.apply(new Source(link.peer(), store, link.identity().incarnations().getLast()), page);
    long reached =
        page.entries().isEmpty() ? page.headSeq() : page.entries().getLast().report().seq();
    if (!caughtUp && reached >= page.headSeq()) {
      for (StoreId former : incarnations.formerStores(link.peer())) {
        Optional<UUID> heard = receiver.heardFrom(former);
        Optional<Fork> fork =
            heard.isPresent() ? incarnations.fork(former, heard.get()) : Optional.empty();
        receiver.sweep(former, fork);
      }
      caughtUp = true;
    }
    return page.entries().size();
  }
}
