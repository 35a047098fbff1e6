package org.realize.nima.rpc;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening side: it verifies that a connection has a known key before it parses a byte, greets
 * it, and joins the two connections of a pair. Each connection has a thread of its own, which stays
 * in {@link #accept} as long as the connection lasts. Thread-safe.
 */
final class Acceptor {

  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
  private static final Duration A_DAY = Duration.ofDays(1);

  /** Connections of one network, and of all, whose key is not known yet. */
  private static final int STRANGERS_OF_ONE = 16;

  private static final int STRANGERS = 64;

  /** Connections of one known key, and of all, that are not half of a pair yet. */
  private static final int UNPAIRED_OF_ONE = 8;

  private static final int UNPAIRED = 128;

  private final LocalNode node;
  private final JoinGreeter joins;
  private final Map<PairId, Parked> parked = new ConcurrentHashMap<>();
  private final Quota<String> strangers = new Quota<>(STRANGERS_OF_ONE, STRANGERS);
  private final Quota<PeerKey> unpaired = new Quota<>(UNPAIRED_OF_ONE, UNPAIRED);

  /** A pair of connections, as its dialler named it. */
  private record PairId(PeerKey peer, UUID pair) {}

  /** An interactive connection that waits for its bulk one. */
  private record Parked(LocalNode.Half half, CompletableFuture<Optional<ConnectedPeer>> joined) {}

  /** {@code joins} serves strangers who present a code. */
  Acceptor(LocalNode node, JoinGreeter joins) {
    this.node = node;
    this.joins = joins;
  }

  /** Serves {@code wire} until it ends. */
  void accept(ListenerWire wire) {
    boolean known = false;
    strangers.admit(wire.network(), wire, wire::abort);
    try {
      node.ticker().after(node.limits().greeting(), wire, wire::abort);
      wire.handshake();
      if (wire.applicationProtocol().equals(JoinFrames.APPLICATION_PROTOCOL)) {
        serveJoin(wire);
        return;
      }
      Optional<PeerSettings> setup = authenticated(wire);
      if (setup.isEmpty()) {
        return;
      }
      known = true;
      strangers.release(wire);
      unpaired.admit(setup.get().key(), wire, wire::abort);
      greet(wire, setup.get());
    } catch (BrokenProtocol e) {
      LOG.warn("greeting {}: {}", wire.address(), e.getMessage());
      node.dismiss(wire, e.reason(), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      // the ticker closes the channel; the other side's end is an EOFException
      String cause = e instanceof ClosedChannelException ? "no greeting in time" : e.getMessage();
      if (known) {
        LOG.info("greeting {}: {}", wire.address(), cause);
      } else {
        node.authLog().refused(wire.address(), String.valueOf(cause));
      }
    } catch (RealizeException e) {
      LOG.warn("greeting {}: {}", wire.address(), e.oneLine());
      node.dismiss(wire, GoodbyeReason.GOODBYE_SHUTDOWN, "not now");
    } catch (RuntimeException e) {
      LOG.error("greeting {} failed", wire.address(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      strangers.release(wire);
      unpaired.release(wire);
      node.ticker().cancel(wire);
      wire.abort();
    }
  }

  /** A stranger counts as one until the end, and has the time of a greeting. */
  private void serveJoin(ListenerWire wire) throws IOException, InterruptedException {
    PeerKey joiner = wire.provenKey().orElseThrow(() -> new IOException("no certificate"));
    joins.greet(wire, joiner);
  }

  /** The handshake has checked the key; a session that was resumed is checked here again. */
  private Optional<PeerSettings> authenticated(ListenerWire wire) {
    Optional<PeerKey> key = wire.provenKey();
    if (key.isEmpty()) {
      node.authLog().refused(wire.address(), "no certificate");
      return Optional.empty();
    }
    Optional<PeerSettings> setup = node.book().byKey(key.get());
    if (setup.isEmpty()) {
      node.authLog().refused(wire.address(), "unknown key " + key.get().fingerprint());
    } else if (!wire.applicationProtocol().equals(Dialer.APPLICATION_PROTOCOL)) {
      node.authLog().refused(wire.address(), "does not speak " + Dialer.APPLICATION_PROTOCOL);
      return Optional.empty();
    }
    return setup;
  }

  private void greet(Wire wire, PeerSettings setup)
      throws IOException, RealizeException, InterruptedException {
    FrameReader frames = new FrameReader(wire, node.time()::monotonicNanos);
    Introduction theirs = Introduction.receive(frames);
    LocalNode.Half half = new LocalNode.Half(wire, frames, theirs);
    if (theirs.lane() == Lane.LANE_INTERACTIVE) {
      interactive(half, setup);
    } else {
      bulk(half, setup);
    }
  }

  private void interactive(LocalNode.Half half, PeerSettings setup)
      throws IOException, RealizeException, InterruptedException {
    Introduction theirs = half.theirs();
    Optional<SessionEnd> refusal = node.refusalOf(setup.name(), half);
    if (refusal.isPresent()) {
      LOG.warn("refused {}: {}", setup.name(), refusal.get().message());
      node.dismiss(half.wire(), refusal.get().reason(), refusal.get().message());
      return;
    }
    Introduction ours = node.introduction(setup.name(), theirs.pair(), Lane.LANE_INTERACTIVE);
    Parked waiting = new Parked(half, new CompletableFuture<>());
    PairId id = new PairId(setup.key(), theirs.pair());
    if (parked.putIfAbsent(id, waiting) != null) {
      throw new BrokenProtocol(
          GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, "two interactive connections of one pair");
    }
    Runnable giveUp =
        () -> {
          if (parked.remove(id, waiting)) {
            waiting.joined().complete(Optional.empty());
          }
        };
    try {
      ours.sendOn(half.wire());
      node.ticker().cancel(half.wire());
      unpaired.admit(setup.key(), half.wire(), giveUp);
      node.ticker().after(node.limits().greeting(), waiting, giveUp);
      Optional<ConnectedPeer> pair = waiting.joined().get();
      unpaired.release(half.wire());
      if (pair.isPresent()) {
        awaitEnd(pair.get());
      } else {
        node.dismiss(
            half.wire(),
            GoodbyeReason.GOODBYE_PAIR_INCOMPLETE,
            "no second connection, or unwanted");
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed exceptionally", e);
    } finally {
      parked.remove(id, waiting);
      node.ticker().cancel(waiting);
    }
  }

  private void bulk(LocalNode.Half half, PeerSettings setup)
      throws IOException, RealizeException, InterruptedException {
    Parked waiting = parked.remove(new PairId(setup.key(), half.theirs().pair()));
    if (waiting == null || !waiting.half().theirs().run().equals(half.theirs().run())) {
      String message = "no interactive connection of this pair";
      node.dismiss(half.wire(), GoodbyeReason.GOODBYE_PAIR_INCOMPLETE, message);
      return;
    }
    ConnectedPeer pair = node.pair(setup, false, waiting.half(), half);
    boolean taken = false;
    try {
      taken = node.pairing().offer(pair, setup.key());
      if (taken) {
        join(pair, half, setup);
      } else {
        node.dismiss(half.wire(), GoodbyeReason.GOODBYE_DUPLICATE, "another pair is there");
      }
    } finally {
      waiting.joined().complete(taken ? Optional.of(pair) : Optional.empty());
    }
    unpaired.release(half.wire());
    if (taken) {
      awaitEnd(pair);
    }
  }

  private void join(ConnectedPeer pair, LocalNode.Half half, PeerSettings setup)
      throws RealizeException {
    Introduction ours = node.introduction(setup.name(), pair.pair(), Lane.LANE_BULK);
    try {
      ours.sendOn(half.wire());
      node.ticker().cancel(half.wire());
    } catch (IOException e) {
      LOG.info("greeting {}: {}", setup.name(), e.getMessage());
    }
    // Also after a failure, so that the pair ends in the one way that pairs end.
    node.pairing().start(pair);
  }

  private static void awaitEnd(ConnectedPeer pair) throws InterruptedException {
    try {
      while (!pair.awaitEnd(A_DAY)) {
        LOG.debug("connection with {} lasts", pair.peer());
      }
    } catch (InterruptedException e) {
      pair.close(GoodbyeReason.GOODBYE_SHUTDOWN, "this node stops");
      throw e;
    }
  }
}
