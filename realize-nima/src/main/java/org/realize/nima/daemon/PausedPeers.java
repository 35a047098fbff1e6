package org.realize.nima.daemon;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PeerSettings;
import org.realize.sync.engine.PauseSchedule;
import org.realize.sync.engine.PauseState;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connected peers of which jobs may fetch: all but those that the user has paused, or a
 * timetable of the configuration. What a user reads comes from all peers. A pause by command is
 * durable. Thread-safe.
 */
final class PausedPeers implements PeerDirectory, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PausedPeers.class);
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);
  private static final Duration CLOSE = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private record PeerPause(String peer, PauseState state) {}

  private static final Rows<List<PeerPause>> PAUSED =
      Rows.ofLists(
          "peers.paused",
          1,
          (out, item) -> PauseState.encode(out.putText(item.peer()), item.state()),
          in -> new PeerPause(in.getText(), PauseState.decode(in)));

  /** A listener of pauses of peers; returns at once. */
  interface PauseListener {
    /** A peer is paused now. */
    void paused();

    /** A peer is not paused any more. */
    void resumed();
  }

  private final GlobalStore global;
  private final PeerDirectory peers;
  private final KnownPeers known;
  private final TimeSource time;
  private final Semaphore changed = new Semaphore(0);

  /** By the name of the peer; replaced as a whole under the monitor. */
  private volatile Map<PeerName, PauseState> states;

  private volatile Optional<Thread> watch = Optional.empty();

  PausedPeers(GlobalStore global, PeerDirectory peers, KnownPeers known, TimeSource time)
      throws RealizeException {
    this.global = global;
    this.peers = peers;
    this.known = known;
    this.time = time;
    Map<PeerName, PauseState> stored = new HashMap<>();
    for (PeerPause pause : global.row(PAUSED).orElse(List.of())) {
      stored.put(new PeerName(pause.peer()), pause.state());
    }
    states = Map.copyOf(stored);
  }

  @Override
  public String name(StoreId store) {
    return peers.name(store);
  }

  @Override
  public List<PeerLink> links() {
    List<PeerLink> all = peers.links();
    return all.stream().allMatch(link -> until(link.peer()).isEmpty())
        ? all
        : all.stream().filter(link -> until(link.peer()).isEmpty()).toList();
  }

  /** The end of a peer's pause in Unix milliseconds; empty while there is none. */
  Optional<Long> until(PeerName peer) {
    PauseState state = states.getOrDefault(peer, PauseState.NONE);
    return state.until(time.unixMillis(), schedule(peer));
  }

  private PauseSchedule schedule(PeerName peer) {
    PauseTimes times = known.byName(peer).map(PeerSettings::pause).orElse(PauseTimes.NONE);
    return OpenArena.schedule(times);
  }

  /** Begins the pause of a peer, or moves its end. */
  void begin(PeerName peer, long endMillis) throws RealizeException {
    put(peer, PauseState.begun(endMillis));
  }

  /** Ends the pause of a peer. */
  void end(PeerName peer) throws RealizeException {
    put(peer, PauseState.ended(time.unixMillis(), schedule(peer)));
  }

  private void put(PeerName peer, PauseState state) throws RealizeException {
    synchronized (this) {
      Map<PeerName, PauseState> next = new HashMap<>(states);
      next.put(peer, state);
      next.values().removeIf(PauseState.NONE::equals);
      List<PeerPause> rows = new ArrayList<>();
      next.forEach((name, pause) -> rows.add(new PeerPause(name.value(), pause)));
      global.putRow(PAUSED, rows);
      states = Map.copyOf(next);
    }
    changed.release();
  }

  /** Notifies {@code listener} of pauses that begin and end, by command or by the clock. */
  void watch(PauseListener listener, Loops loops) {
    Loop loop = loops.of("pauses of peers", PATIENCE);
    AtomicReference<Set<PeerName>> last = new AtomicReference<>(paused());
    watch =
        Optional.of(
            Thread.ofVirtual()
                .name("peer-pauses")
                .start(() -> loop.run(() -> step(last, listener, loop))));
  }

  private boolean step(AtomicReference<Set<PeerName>> last, PauseListener listener, Loop loop)
      throws InterruptedException {
    Duration wait = untilNext();
    loop.waits(wait);
    changed.tryAcquire(wait.toMillis() + 1, TimeUnit.MILLISECONDS);
    loop.works();
    Set<PeerName> before = last.get();
    Set<PeerName> now = paused();
    if (!before.containsAll(now)) {
      listener.paused();
    }
    if (!now.containsAll(before)) {
      listener.resumed();
    }
    if (!now.equals(before)) {
      LOG.info("paused peers: {}", now.isEmpty() ? "none" : now);
    }
    last.set(now);
    return true;
  }

  private Set<PeerName> paused() {
    Set<PeerName> paused = new HashSet<>();
    for (PeerName peer : known.names()) {
      if (until(peer).isPresent()) {
        paused.add(peer);
      }
    }
    return paused;
  }

  /** The time until a pause may begin or end. */
  private Duration untilNext() {
    long now = time.unixMillis();
    long wait = LONGEST_WAIT.toMillis();
    for (PeerSettings peer : known.peers()) {
      wait = Math.min(wait, until(peer.name()).orElse(Long.MAX_VALUE) - now);
      Instant next = peer.pause().nextChange(Instant.ofEpochMilli(now), ZoneId.systemDefault());
      wait = next.equals(Instant.MAX) ? wait : Math.min(wait, next.toEpochMilli() - now);
    }
    return Duration.ofMillis(Math.max(0, wait));
  }

  @Override
  public void close() {
    watch.ifPresent(Thread::interrupt);
    try {
      if (watch.isPresent() && !watch.get().join(CLOSE)) {
        LOG.warn("the watch of peers' pauses has not ended within {} s", CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
