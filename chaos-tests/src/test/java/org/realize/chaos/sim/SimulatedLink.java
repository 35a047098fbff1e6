package org.realize.chaos.sim;

import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.FeedPuller;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.PeerLink;

/**
 * One direction of a connection: pages come in small pieces, late, or twice, until one side's
 * process ends.
 */
final class SimulatedLink implements PeerLink {

  private final SimulatedPeer server;
  private final Identity identity;
  private final Random random;
  private @Nullable FeedPuller puller;
  private boolean up = true;

  private @Nullable FeedPage late;
  private @Nullable FeedPage last;
  private boolean replay;
  private boolean serving;

  SimulatedLink(SimulatedPeer server, Identity identity, Random random) {
    this.server = server;
    this.identity = identity;
    this.random = random;
  }

  SimulatedPeer server() {
    return server;
  }

  void pulledBy(FeedPuller newPuller) {
    puller = newPuller;
  }

  @Override
  public void end(String cause) {
    up = false;
  }

  /** One step of the puller; returns the entries that came. */
  int pull() throws RealizeException, InterruptedException {
    return Objects.requireNonNull(puller).step(Duration.ZERO);
  }

  /** The page that the next pull would bring is read now, and arrives only then. */
  void readAhead(long progress) throws RealizeException {
    late = server.pages().page(progress, 1 + random.nextInt(5));
  }

  /** The next pull brings the last page once more. */
  void replayNext() {
    replay = true;
  }

  @Override
  public FeedPage feed(ArenaName arena, long afterSeq, int max, Duration wait)
      throws RealizeException {
    if (!connected()) {
      throw new Unreachable("connection ended");
    }
    FeedPage page = late;
    late = null;
    if (replay && last != null) {
      page = last;
    }
    replay = false;
    if (page == null) {
      serving = true;
      page = server.pages().page(afterSeq, 1 + random.nextInt(5));
      serving = false;
    }
    last = page;
    return page;
  }

  /** True if the last pull died while the server was at work. */
  boolean wasServing() {
    return serving;
  }

  @Override
  public PeerName peer() {
    return server.name();
  }

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public boolean connected() {
    return up && server.running();
  }

  @Override
  public byte[] treeNode(ContentRequest content, int level, long index, Duration deadline)
      throws Unreachable {
    throw new Unreachable("no contents here");
  }

  @Override
  public void blocks(
      ContentRequest content, long firstBlock, int count, BlockSink sink, Duration deadline)
      throws Unreachable {
    throw new Unreachable("no contents here");
  }

  @Override
  public Duration roundTrip() {
    return Duration.ZERO;
  }
}
