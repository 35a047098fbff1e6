package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.nima.rpc.PeerEvents;
import org.realize.sync.feed.FeedPuller;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The followers of every arena of every connected peer, each on a virtual thread of its own, from
 * connection to disconnection of the peer. Thread-safe.
 */
final class Feeds implements PeerEvents, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Feeds.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** A page is asked for within 90 s, and taken in. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final List<OpenArena> arenas;
  private final KnownPeers peers;
  private final Incarnations incarnations;
  private final TimeSource time;
  private final Loops loops;
  private final Map<PeerLink, List<Thread>> following = new ConcurrentHashMap<>();

  Feeds(
      List<OpenArena> arenas,
      KnownPeers peers,
      Incarnations incarnations,
      TimeSource time,
      Loops loops) {
    this.arenas = List.copyOf(arenas);
    this.peers = peers;
    this.incarnations = incarnations;
    this.time = time;
    this.loops = loops;
  }

  @Override
  public void connected(PeerLink link) {
    LOG.info("connected to {}", link.peer());
    List<Thread> threads = new ArrayList<>();
    for (OpenArena arena : arenas) {
      if (shared(link.peer(), arena)) {
        retryWaiting(link, arena);
        FeedPuller puller = new FeedPuller(arena.name(), link, arena.receiver(), incarnations);
        String name = "feed of " + link.peer() + " for " + arena.name();
        threads.add(
            Thread.ofVirtual()
                .name("feed-" + link.peer() + "-" + arena.name())
                .start(() -> follow(puller, loops.of(name, PATIENCE))));
      }
    }
    following.put(link, threads);
  }

  private static void retryWaiting(PeerLink link, OpenArena arena) {
    try {
      arena.work().connected(link.identity().store());
    } catch (RealizeException e) {
      LOG.warn("retry what waits for {} in {}: {}", link.peer(), arena.name(), e.oneLine());
      arena.work().connected();
    }
  }

  /** Until the link ends, or the thread is interrupted. */
  private void follow(FeedPuller puller, Loop loop) {
    loop.run(() -> {
      Optional<Duration> next = puller.step();
      if (next.isPresent()) {
        loop.waits(next.get());
        time.sleep(next.get());
      }
      return next.isPresent();
    });
  }

  private boolean shared(PeerName peer, OpenArena arena) {
    return peers.byName(peer).map(known -> known.maySee(arena.name())).orElse(false);
  }

  @Override
  public void disconnected(PeerLink link, String cause) {
    LOG.info("connection to {} ended: {}", link.peer(), cause);
    List<Thread> threads = following.remove(link);
    if (threads != null) {
      threads.forEach(Thread::interrupt);
    }
  }

  /** Ends all and waits for them: a commit that has begun is finished. */
  @Override
  public void close() {
    List<Thread> all = following.values().stream().flatMap(List::stream).toList();
    all.forEach(Thread::interrupt);
    try {
      for (Thread thread : all) {
        thread.join(CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
