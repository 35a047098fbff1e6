package org.realize.nima.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pairs there are, one per peer at most, and whose turn it is to be dialled. Thread-safe; the
 * slots are guarded by {@link #lock}, under which no connection is closed and no listener is
 * notified anything.
 */
final class Pairing {

  private static final Logger LOG = LoggerFactory.getLogger(Pairing.class);

  private final PeerKey ownKey;
  private final PeerBook book;
  private final PeerEvents events;
  private final TimeSource time;
  private final RandomGenerator random;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<PeerName, PeerSlot> slots = new HashMap<>();

  /** Signalled when an attempt to reach a peer has ended, or is not made any more. */
  private final Condition settling = lock.newCondition();

  /** Pairs with threads that have not ended, current or not. */
  private final Set<ConnectedPeer> alive = ConcurrentHashMap.newKeySet();

  private boolean closed;

  Pairing(
      PeerKey ownKey,
      PeerBook book,
      PeerEvents events,
      TimeSource time,
      RandomGenerator random,
      Ticker ticker) {
    this.ownKey = ownKey;
    this.book = book;
    this.events = events;
    this.time = time;
    this.random = random;
    this.ticker = ticker;
  }

  private PeerSlot slot(PeerName name) {
    return slots.computeIfAbsent(name, _ -> new PeerSlot(random, time.monotonicNanos()));
  }

  /**
   * Offers a pair that both sides have greeted on. True if it is the peer's pair now: the caller
   * then calls {@link #start}. False if it is not wanted: the caller says Goodbye.
   */
  boolean offer(ConnectedPeer candidate, PeerKey key) {
    Optional<PeerSlot.Replaced> settled;
    Optional<ConnectedPeer> doubtful;
    lock.lock();
    try {
      boolean known = book.byKey(key).filter(p -> p.name().equals(candidate.peer())).isPresent();
      if (closed || !known) {
        return false;
      }
      PeerSlot slot = slot(candidate.peer());
      long now = time.monotonicNanos();
      doubtful = slot.doubtful(now);
      settled = slot.settle(candidate, ownKey.compareTo(key) < 0, now);
      settling.signalAll();
    } finally {
      lock.unlock();
    }
    settled
        .flatMap(PeerSlot.Replaced::pair)
        .ifPresent(old -> old.close(GoodbyeReason.GOODBYE_DUPLICATE, "another pair took over"));
    if (settled.isEmpty()) {
      doubtful.ifPresent(ConnectedPeer::check);
    }
    return settled.isPresent();
  }

  /** Notifies of the pair, then starts it, so that the notice of its end comes second. */
  void start(ConnectedPeer pair) {
    LOG.info("connected with {} at {}", pair.peer(), pair.state().address());
    events.connected(pair);
    alive.add(pair);
    pair.start();
    ticker.dueIn(0);
  }

  /** Does what is due on every pair; returns the nanoseconds until more is, see {@link Ticker}. */
  long tick() {
    alive.removeIf(ConnectedPeer::isOver);
    return alive.stream().mapToLong(ConnectedPeer::tick).min().orElse(Long.MAX_VALUE);
  }

  /** {@code pair} ended, whether it was current or not. */
  void ended(ConnectedPeer pair, SessionEnd cause) {
    lock.lock();
    try {
      PeerSlot slot = slots.get(pair.peer());
      if (slot != null) {
        slot.ended(pair, cause, time.monotonicNanos());
      }
    } finally {
      lock.unlock();
    }
    ticker.dueIn(0);
    LOG.info("disconnected from {}: {}", pair.peer(), cause);
    events.disconnected(pair, cause.toString());
  }

  /**
   * An attempt to reach a peer.
   *
   * @param number of the attempt, among those to this peer
   */
  record PeerDial(PeerSettings peer, long number) {}

  /** The attempts to make now; each counts as dialling until {@link #dialled}. */
  List<PeerDial> due() {
    List<PeerDial> due = new ArrayList<>();
    lock.lock();
    try {
      for (PeerSettings setup : book.peers()) {
        boolean hasAddress = !book.addresses(setup).isEmpty();
        PeerSlot slot = slot(setup.name());
        slot.follow(setup.addresses(), time.monotonicNanos());
        if (!closed && slot.startDialling(hasAddress, time.monotonicNanos())) {
          due.add(new PeerDial(setup, slot.attempt()));
        }
      }
    } finally {
      lock.unlock();
    }
    return due;
  }

  /** The nanoseconds until a peer is to be dialled, if nothing else changes. */
  long untilDial() {
    lock.lock();
    try {
      long now = time.monotonicNanos();
      return book.peers().stream()
          .filter(setup -> !book.addresses(setup).isEmpty())
          .mapToLong(setup -> slot(setup.name()).untilDial(now))
          .min()
          .orElse(Long.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }

  /**
   * An attempt is over; see {@link PeerSlot#stopDialling}. {@code after} null: one failure more.
   */
  void dialled(PeerDial attempt, Optional<String> error, @Nullable Backoff after) {
    lock.lock();
    try {
      PeerSlot slot = slots.get(attempt.peer().name());
      if (slot != null && slot.attempt() == attempt.number()) {
        Backoff next = after == null ? slot.backoff().afterFailure() : after;
        slot.stopDialling(error, next, time.monotonicNanos());
        settling.signalAll();
      }
    } finally {
      lock.unlock();
    }
    ticker.dueIn(0);
  }

  /** False once another attempt counts: this one must not replace what that one made. */
  boolean counts(PeerDial attempt) {
    lock.lock();
    try {
      PeerSlot slot = slots.get(attempt.peer().name());
      return slot != null && slot.attempt() == attempt.number();
    } finally {
      lock.unlock();
    }
  }

  /** Has each connected peer answer soon or be cut, and dials all that are away then. */
  void networkChanged() {
    current().forEach(ConnectedPeer::check);
    lock.lock();
    try {
      slots.values().forEach(slot -> slot.networkChanged(time.monotonicNanos()));
    } finally {
      lock.unlock();
    }
    ticker.dueIn(0);
  }

  /**
   * Waits while none of {@code peers} is connected and one is being dialled for the first time
   * since the start, or since its address changed.
   *
   * @param most the longest time since that attempt began
   */
  void awaitFirstDials(Collection<PeerName> peers, Duration most) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = untilSettled(peers, most);
      while (left > 0) {
        left = Math.min(settling.awaitNanos(left), untilSettled(peers, most));
      }
    } finally {
      lock.unlock();
    }
  }

  private long untilSettled(Collection<PeerName> peers, Duration most) {
    long now = time.monotonicNanos();
    long longest = 0;
    for (PeerSettings setup : closed ? List.<PeerSettings>of() : book.peers()) {
      if (peers.contains(setup.name())) {
        PeerSlot slot = slot(setup.name());
        if (slot.current().isPresent()) {
          return 0;
        }
        slot.follow(setup.addresses(), now);
        long takes = slot.firstAttemptTakes(now);
        longest = takes < 0 ? longest : Math.max(longest, most.toNanos() - takes);
      }
    }
    return longest;
  }

  /**
   * Cuts peers that are no longer in the configuration, or are there with another key; and pairs
   * that were made under other settings, which are made again at once.
   */
  void dropStrangers() {
    List<ConnectedPeer> strangers = new ArrayList<>();
    List<ConnectedPeer> changed = new ArrayList<>();
    lock.lock();
    try {
      for (Map.Entry<PeerName, PeerSlot> slot : Map.copyOf(slots).entrySet()) {
        PeerName name = slot.getKey();
        Optional<PeerSettings> setup = book.byName(name);
        Optional<ConnectedPeer> pair = slot.getValue().current();
        boolean isKnown =
            setup.isPresent() && (pair.isEmpty() || pair.get().key().equals(setup.get().key()));
        if (!isKnown) {
          slots.remove(name);
          settling.signalAll();
          pair.ifPresent(strangers::add);
        } else {
          pair.filter(each -> !each.isAsIn(setup.get())).ifPresent(changed::add);
        }
      }
    } finally {
      lock.unlock();
    }
    strangers.forEach(
        pair -> pair.close(GoodbyeReason.GOODBYE_NOT_ALLOWED, "no longer in the configuration"));
    changed.forEach(this::replace);
  }

  private void replace(ConnectedPeer pair) {
    pair.close(GoodbyeReason.GOODBYE_SHUTDOWN, "its settings changed");
    lock.lock();
    try {
      PeerSlot slot = slots.get(pair.peer());
      if (slot != null && slot.current().isEmpty()) {
        slot.retry(time.monotonicNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  void connect(PeerName name) throws RealizeException {
    check("connect to", name);
    lock.lock();
    try {
      slot(name).connect(time.monotonicNanos());
    } finally {
      lock.unlock();
    }
    ticker.dueIn(0);
  }

  void disconnect(PeerName name) throws RealizeException {
    check("disconnect from", name);
    Optional<ConnectedPeer> pair;
    lock.lock();
    try {
      pair = slot(name).disconnect();
      settling.signalAll();
    } finally {
      lock.unlock();
    }
    pair.ifPresent(p -> p.close(GoodbyeReason.GOODBYE_SHUTDOWN, "told to disconnect"));
  }

  private void check(String action, PeerName name) throws RealizeException {
    if (book.byName(name).isEmpty()) {
      throw new RealizeException.NotFound(
          action + " " + name + ": no such peer in the configuration");
    }
  }

  List<LinkStatus> status() {
    lock.lock();
    try {
      return book.peers().stream()
          .map(setup ->
              new LinkStatus(
                  setup.name(),
                  setup.key(),
                  slot(setup.name())
                      .state(!book.addresses(setup).isEmpty(), time.monotonicNanos())))
          .toList();
    } finally {
      lock.unlock();
    }
  }

  List<ConnectedPeer> current() {
    lock.lock();
    try {
      return slots.values().stream().flatMap(slot -> slot.current().stream()).toList();
    } finally {
      lock.unlock();
    }
  }

  /** The living pair with a peer. */
  Optional<ConnectedPeer> current(PeerName name) {
    return current().stream()
        .filter(pair -> pair.peer().equals(name) && pair.connected())
        .findFirst();
  }

  List<PeerLink> links() {
    return List.copyOf(current().stream().filter(ConnectedPeer::connected).toList());
  }

  /** Ends all pairs, which may be made again unless {@link #close} was called. */
  void endAll(GoodbyeReason reason, String message) {
    current().forEach(pair -> pair.close(reason, message));
  }

  /**
   * Takes no pair any more, ends those there are and waits for their threads up to {@code timeout}.
   */
  void close(Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      closed = true;
      settling.signalAll();
    } finally {
      lock.unlock();
    }
    List<ConnectedPeer> last = List.copyOf(alive);
    endAll(GoodbyeReason.GOODBYE_SHUTDOWN, "this node stops");
    for (ConnectedPeer pair : last) {
      if (!pair.awaitEnd(timeout)) {
        LOG.warn("connection with {} did not end in time", pair.peer());
      }
    }
  }
}
