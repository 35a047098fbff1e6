package org.realize.nima.rpc;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.sync.model.RealizeException;
import org.realize.sync.rate.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dials peers: both connections of a pair, one after the other, to the same address. Each attempt
 * runs on a virtual thread of its own. Thread-safe.
 */
final class Outreach {

  private static final Logger LOG = LoggerFactory.getLogger(Outreach.class);

  private final LocalNode node;
  private final Dialer dialer;

  Outreach(LocalNode node, Dialer dialer) {
    this.node = node;
    this.dialer = dialer;
  }

  /** Starts an attempt for every peer whose turn it is. Does not wait. */
  void dialDue() {
    for (Pairing.PeerDial attempt : node.pairing().due()) {
      Thread.ofVirtual().name("rpc-dial-" + attempt.peer().name()).start(() -> dial(attempt));
    }
  }

  private void dial(Pairing.PeerDial attempt) {
    PeerSettings setup = attempt.peer();
    Optional<String> error = Optional.empty();
    Backoff after = null;
    try {
      connect(attempt);
    } catch (Introduction.IntroductionRefused e) {
      after = afterRefusal(e.reason());
      error =
          e.reason() == GoodbyeReason.GOODBYE_DUPLICATE
              ? Optional.empty()
              : Optional.of(describe(setup, e));
    } catch (IOException e) {
      error = Optional.of(describe(setup, e));
    } catch (RealizeException e) {
      error = Optional.of("connect to " + setup.name() + ": " + e.oneLine());
    } catch (InterruptedException e) {
      error = Optional.of("connect to " + setup.name() + ": interrupted");
    } finally {
      error.ifPresent(message -> LOG.debug("{}", message));
      node.pairing().dialled(attempt, error, after);
    }
  }

  private static String describe(PeerSettings setup, IOException e) {
    return "connect to " + setup.name() + ": " + e.getMessage();
  }

  /** Null for the next step of the usual waiting. */
  private static @Nullable Backoff afterRefusal(GoodbyeReason reason) {
    return switch (reason) {
      case GOODBYE_STORE_REFUSED, GOODBYE_NOT_ALLOWED, GOODBYE_UNSUPPORTED_VERSION ->
          PeerSlot.LONG_WAIT;
      case GOODBYE_RENEWED -> PeerSlot.NO_WAIT.afterFailure();
      default -> null;
    };
  }

  private void connect(Pairing.PeerDial attempt)
      throws IOException, RealizeException, InterruptedException {
    PeerSettings setup = attempt.peer();
    UUID id = new UUID(node.random().nextLong(), node.random().nextLong());
    TlsWire first = dialer.dial(node.book().addresses(setup), setup.key()::equals);
    TlsWire second = null;
    boolean taken = false;
    try {
      requireCounting(attempt);
      Introduction ours = node.introduction(setup.name(), id, Lane.LANE_INTERACTIVE);
      LocalNode.Half interactive = greet(first, ours);
      Optional<SessionEnd> refusal = node.refusal(setup.name(), interactive.theirs());
      if (refusal.isPresent()) {
        node.dismiss(first, refusal.get().reason(), refusal.get().message());
        throw new Introduction.IntroductionRefused(refusal.get().reason(), refusal.get().message());
      }
      second = dialer.dial(List.of(HostPort.parse(first.address())), setup.key()::equals);
      LocalNode.Half bulk = greet(second, ours.on(id, Lane.LANE_BULK));
      if (!bulk.theirs().run().equals(interactive.theirs().run())) {
        throw new IOException("the two connections reached different processes");
      }
      requireCounting(attempt);
      ConnectedPeer pair = node.pair(setup, true, interactive, bulk);
      taken = node.pairing().offer(pair, setup.key());
      if (taken) {
        node.pairing().start(pair);
      } else {
        node.dismiss(first, GoodbyeReason.GOODBYE_DUPLICATE, "another pair is there");
        node.dismiss(second, GoodbyeReason.GOODBYE_DUPLICATE, "another pair is there");
      }
    } finally {
      if (!taken) {
        first.abort();
        if (second != null) {
          second.abort();
        }
      }
    }
  }

  private void requireCounting(Pairing.PeerDial attempt) throws IOException {
    if (!node.pairing().counts(attempt)) {
      throw new IOException("a later attempt took over");
    }
  }

  private LocalNode.Half greet(TlsWire wire, Introduction ours) throws IOException {
    node.ticker().after(node.limits().greeting(), wire, wire::abort);
    try {
      ours.sendOn(wire);
      FrameReader frames = new FrameReader(wire, node.time()::monotonicNanos);
      Introduction theirs = Introduction.receive(frames);
      if (theirs.lane() != ours.lane() || !theirs.pair().equals(ours.pair())) {
        throw new IOException("the other side greeted another pair");
      }
      return new LocalNode.Half(wire, frames, theirs);
    } catch (SSLException e) {
      throw new IOException(
          "our key was refused at %s, where it was not added, or was removed or revoked: %s"
              .formatted(wire.address(), e.getMessage()),
          e);
    } catch (ClosedChannelException e) { // by the ticker: the other side's end is an EOFException
      throw new IOException("no answer from " + wire.address() + " in time", e);
    } finally {
      node.ticker().cancel(wire);
    }
  }
}
