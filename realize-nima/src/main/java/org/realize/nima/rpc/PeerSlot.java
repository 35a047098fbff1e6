package org.realize.nima.rpc;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.sync.rate.Backoff;

/**
 * The state of the connection to one peer, with the time of its next dial. Not thread-safe: {@link
 * Pairing} guards all its slots with one lock.
 */
final class PeerSlot {

  /** The wait before the first attempt to connect. */
  static final Backoff NO_WAIT = Backoff.between(Duration.ofMillis(500), Duration.ofMinutes(1));

  /** The wait after a refusal that does not pass by itself. */
  static final Backoff LONG_WAIT = NO_WAIT.afterFailures(8);

  /** The age of a pair up to which a rival may be one that was dialled at the same time. */
  private static final Duration BOTH_DIAL = Duration.ofSeconds(2);

  private final RandomGenerator random;
  private boolean wanted = true;
  private boolean dialling;

  /** The number of the attempt that counts; earlier ones that are still under way do not. */
  private long attempt;

  private Backoff backoff = NO_WAIT;
  private long nextAttemptNanos;
  private String lastError = "";
  private List<HostPort> addresses = List.of();

  /** True once an attempt has ended since the addresses are known, or the user asked for one. */
  private boolean tried;

  private long firstAttemptNanos;
  private @Nullable ConnectedPeer current;

  /** The time from which {@link #current} is. */
  private long settledNanos;

  PeerSlot(RandomGenerator random, long nowNanos) {
    this.random = random;
    this.nextAttemptNanos = nowNanos;
    this.firstAttemptNanos = nowNanos;
  }

  /** Dial at the next beat, whatever is under way, if the peer has other addresses than before. */
  void follow(List<HostPort> now, long nowNanos) {
    if (!addresses.equals(now)) {
      addresses = now;
      abandonAttempt();
      begin(nowNanos);
    }
  }

  private void abandonAttempt() {
    dialling = false;
    attempt++;
  }

  private void begin(long nowNanos) {
    tried = false;
    firstAttemptNanos = nowNanos;
    retry(nowNanos);
  }

  /**
   * The time since the first attempt to reach the peer began, or became due; negative if it has
   * ended, or none is made.
   */
  long firstAttemptTakes(long nowNanos) {
    boolean isFirst = wanted && !addresses.isEmpty() && !tried && current == null;
    return isFirst ? nowNanos - firstAttemptNanos : -1;
  }

  /** The number of the attempt that counts. */
  long attempt() {
    return attempt;
  }

  /** True once when it is time to dial; the slot then counts as dialling until told otherwise. */
  boolean startDialling(boolean hasAddress, long nowNanos) {
    boolean due = wanted && hasAddress && !dialling && current == null;
    if (!due || nowNanos - nextAttemptNanos < 0) {
      return false;
    }
    dialling = true;
    return true;
  }

  /** The nanoseconds until it is time to dial a peer that has an address, if nothing changes. */
  long untilDial(long nowNanos) {
    return wanted && !dialling && current == null ? nextAttemptNanos - nowNanos : Long.MAX_VALUE;
  }

  /** An attempt is over; empty for one that was not wrong in itself. */
  void stopDialling(Optional<String> error, Backoff after, long nowNanos) {
    dialling = false;
    tried = true;
    error.ifPresent(message -> lastError = message);
    if (current == null) {
      waitFor(after, nowNanos);
    }
  }

  Backoff backoff() {
    return backoff;
  }

  private void waitFor(Backoff next, long nowNanos) {
    backoff = next;
    nextAttemptNanos = nowNanos + next.delay(random).toNanos();
  }

  /**
   * Offers a new pair. Empty when it is not wanted or loses; else it is the current one, and the
   * result holds what it replaced.
   */
  Optional<Replaced> settle(ConnectedPeer candidate, boolean ownKeyIsLower, long nowNanos) {
    ConnectedPeer existing = current;
    if (!wanted) {
      return Optional.empty();
    }
    if (existing != null
        && existing.connected()
        && !Settlement.replaces(facts(candidate, ownKeyIsLower), facts(existing, ownKeyIsLower))) {
      return Optional.empty();
    }
    current = candidate;
    settledNanos = nowNanos;
    tried = true;
    backoff = NO_WAIT;
    lastError = "";
    return Optional.of(new Replaced(Optional.ofNullable(existing)));
  }

  /**
   * The current pair, where the peer dials though it should have it, too; empty for one so young
   * that both may have dialled at once.
   */
  Optional<ConnectedPeer> doubtful(long nowNanos) {
    return current().filter(_ -> nowNanos - settledNanos > BOTH_DIAL.toNanos());
  }

  /** The pair that made room, if there was one. */
  record Replaced(Optional<ConnectedPeer> pair) {}

  private static Settlement.RivalPair facts(ConnectedPeer pair, boolean ownKeyIsLower) {
    return new Settlement.RivalPair(pair.run(), pair.dialled() == ownKeyIsLower);
  }

  /** {@code pair} ended; it matters only if it is the current one. */
  void ended(ConnectedPeer pair, SessionEnd cause, long nowNanos) {
    if (current != pair) {
      return;
    }
    current = null;
    lastError = cause.toString();
    boolean refused =
        cause.reason() == GoodbyeReason.GOODBYE_STORE_REFUSED
            || cause.reason() == GoodbyeReason.GOODBYE_NOT_ALLOWED;
    waitFor(refused ? LONG_WAIT : NO_WAIT.afterFailure(), nowNanos);
  }

  /** Dial now, whatever went wrong before. */
  void connect(long nowNanos) {
    wanted = true;
    begin(nowNanos);
  }

  /** Dial at the next beat if the peer is wanted, whatever went wrong before. */
  void retry(long nowNanos) {
    backoff = NO_WAIT;
    nextAttemptNanos = nowNanos;
  }

  /** Dial at the next beat if the peer is away, whatever went wrong before or is under way. */
  void networkChanged(long nowNanos) {
    if (current == null) {
      abandonAttempt();
      retry(nowNanos);
    }
  }

  /** Stay disconnected until told to connect. Returns the pair to close. */
  Optional<ConnectedPeer> disconnect() {
    wanted = false;
    return current();
  }

  Optional<ConnectedPeer> current() {
    return Optional.ofNullable(current);
  }

  PeerState state(boolean hasAddress, long nowNanos) {
    if (current != null) {
      return current.state();
    }
    if (!wanted) {
      return new PeerState.Disconnected();
    }
    if (dialling) {
      return new PeerState.Dialling(lastError);
    }
    if (!hasAddress) {
      return new PeerState.Awaited(lastError);
    }
    long left = Math.max(0, nextAttemptNanos - nowNanos);
    return new PeerState.Waiting(Duration.ofNanos(left), lastError);
  }
}
