package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.observe.EventRing;
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
 * connection to disconnection of the peer, both of which are events. Thread-safe.
 */
final class Feeds implements PeerEvents, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Feeds.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** A page is asked for within 90 s, and taken in. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Supplier<List<OpenArena>> arenas;
  private final KnownPeers peers;
  private final Incarnations incarnations;
  private final TimeSource time;
  private final Loops loops;
  private final EventRing events;

  /** Guarded by this. */
  private final Map<PeerLink, Map<OpenArena, Thread>> following = new HashMap<>();

  Feeds(
      Supplier<List<OpenArena>> arenas,
      KnownPeers peers,
      Incarnations incarnations,
      TimeSource time,
      Loops loops,
      EventRing events) {
    this.events = events;
    this.arenas = arenas;
    this.peers = peers;
    this.incarnations = incarnations;
    this.time = time;
    this.loops = loops;
  }

  @Override
  public void connected(PeerLink link) {
    LOG.info("connected to {}", link.peer());
    note(EventState.BEGUN, link.peer(), "connected to " + link.peer());
    synchronized (this) {
      following.put(link, new HashMap<>());
    }
    refresh();
  }

  private void note(EventState state, PeerName peer, String text) {
    events.add(new Occurrence(EventKind.PEER, state, null, peer.toString(), null, text));
  }

  /**
   * Follows what the connected peers share now: begins with what is new, and waits for the end of
   * what is not shared any more, a commit that has begun included.
   */
  void refresh() {
    List<Thread> ended = new ArrayList<>();
    synchronized (this) {
      for (Map.Entry<PeerLink, Map<OpenArena, Thread>> each : following.entrySet()) {
        PeerLink link = each.getKey();
        Map<OpenArena, Thread> threads = each.getValue();
        Set<OpenArena> wanted =
            arenas.get().stream()
                .filter(arena -> isShared(link.peer(), arena))
                .collect(Collectors.toSet());
        Set<OpenArena> others = new HashSet<>(threads.keySet());
        others.removeAll(wanted);
        others.forEach(arena -> ended.add(threads.remove(arena)));
        wanted.removeAll(threads.keySet());
        wanted.forEach(arena -> threads.put(arena, begin(link, arena)));
      }
    }
    end(ended);
  }

  private Thread begin(PeerLink link, OpenArena arena) {
    retryWaiting(link, arena);
    FeedPuller puller = new FeedPuller(arena.name(), link, arena.receiver(), incarnations);
    String name = "feed of " + link.peer() + " for " + arena.name();
    return Thread.ofVirtual()
        .name("feed-" + link.peer() + "-" + arena.name())
        .start(() -> follow(puller, loops.of(name, PATIENCE)));
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

  private boolean isShared(PeerName peer, OpenArena arena) {
    return peers.byName(peer).map(known -> known.maySee(arena.name())).orElse(false);
  }

  @Override
  public void disconnected(PeerLink link, String cause) {
    LOG.info("connection to {} ended: {}", link.peer(), cause);
    note(EventState.ENDED, link.peer(), "connection to %s: %s".formatted(link.peer(), cause));
    Map<OpenArena, Thread> threads;
    synchronized (this) {
      threads = following.remove(link);
    }
    if (threads != null) {
      threads.values().forEach(Thread::interrupt);
    }
  }

  private static void end(List<Thread> threads) {
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        if (!thread.join(CLOSE)) {
          LOG.warn("{} has not ended within {} s", thread.getName(), CLOSE.toSeconds());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends all and waits for them: a commit that has begun is finished. */
  @Override
  public void close() {
    List<Thread> all = new ArrayList<>();
    synchronized (this) {
      following.values().forEach(threads -> all.addAll(threads.values()));
      following.clear();
    }
    end(all);
  }
}
