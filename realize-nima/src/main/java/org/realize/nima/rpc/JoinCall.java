package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.InviteCode;
import org.realize.nima.membership.InviteCode.JoinSide;
import org.realize.nima.membership.JoinMessage;
import org.realize.nima.membership.JoinMessage.JoinConsent;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.membership.JoinMessage.JoinResult;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;

/**
 * The joining side of {@code realize-join/1}: one connection to the inviter of a code, whose key is
 * pinned in the handshake, in which this node becomes the inviter's peer. Used once, by one thread.
 */
public final class JoinCall {

  /** The longest silence of the inviter; it ends a join that takes longer itself. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final NodeKey key;
  private final InviteCode code;
  private final Dialer dialer;
  private boolean isOffered;
  private boolean consented;

  /**
   * The inviter as it showed itself: its key is the one of the code.
   *
   * @param founder of its household
   */
  public record Inviter(PeerName name, PeerKey key, PeerKey founder, List<OfferedArena> arenas) {
    public Inviter {
      arenas = List.copyOf(arenas);
    }
  }

  /** The joiner's look at the offer; what it throws ends the join with nothing changed. */
  @FunctionalInterface
  public interface OfferCheck {
    void check(Inviter inviter) throws RealizeException;
  }

  /** A call of the node with this key. */
  public JoinCall(NodeKey key, InviteCode code, SecureRandom random) {
    this.key = key;
    this.code = code;
    PeerName inviter = new PeerName("inviter");
    PeerTls tls =
        new PeerTls(
            key, other -> code.isOf(other) ? Optional.of(inviter) : Optional.empty(), random);
    dialer = new Dialer(tls, Resolver.SYSTEM, JoinFrames.APPLICATION_PROTOCOL);
  }

  /** True once the inviter may have made this node its peer, whatever {@link #run} threw. */
  public boolean mayBeMember() {
    return consented;
  }

  /**
   * Joins as {@code name}, which listens at {@code addresses}. {@code Denied} if the inviter
   * refuses, {@code Unreachable} if no connection comes about or it ends too early; after the
   * consent the same call may be made again.
   */
  public Inviter run(PeerName name, List<HostPort> addresses, OfferCheck check)
      throws RealizeException, InterruptedException {
    TlsWire wire;
    try {
      wire = dialer.dial(code.addresses(), code::isOf);
    } catch (IOException e) {
      throw new Unreachable("join by the code", e);
    }
    CompletableFuture<?> timer =
        CompletableFuture.runAsync(
            wire::abort, CompletableFuture.delayedExecutor(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
    try {
      return talk(wire, name, addresses, check);
    } catch (IOException e) {
      throw isOffered
          ? new Unreachable(
              "join by the code: the connection to %s ended; run the same command again"
                  .formatted(wire.address()),
              e)
          : new Denied(
              "join by the code: the inviter at %s closed the connection, as it does while it takes"
                      .formatted(wire.address())
                  + " no code (all were used, have expired, or were made before its daemon"
                  + " started): ask for another one, with 'realize peer invite'");
    } finally {
      timer.cancel(false);
      wire.abort();
    }
  }

  private Inviter talk(TlsWire wire, PeerName name, List<HostPort> addresses, OfferCheck check)
      throws IOException, RealizeException {
    JoinFrames frames = new JoinFrames(wire);
    PeerKey inviter = wire.provenKey().orElseThrow(() -> new IOException("no key was proven"));
    PeerKey joiner = key.publicKey();
    ByteString proof = code.proof(JoinSide.JOINER, inviter, joiner);
    frames.send(
        new JoinRequest(
            name.value(),
            addresses.stream().map(HostPort::toString).toList(),
            Base64.getEncoder().encodeToString(proof.toByteArray())));
    JoinOffer offer = frames.receive(JoinOffer.class, JoinMessage.MAX_ANSWER_BYTES);
    isOffered = true;
    requireNot(offer.refused());
    Inviter accepted = inviter(offer, inviter);
    check.check(accepted);
    consented = true;
    frames.send(new JoinConsent(true));
    JoinResult result = frames.receive(JoinResult.class, JoinMessage.MAX_ANSWER_BYTES);
    consented = result.refused() == null;
    requireNot(result.refused());
    return accepted;
  }

  private static void requireNot(@Nullable String refused) throws Denied {
    if (refused != null) {
      throw new Denied("join by the code: " + refused);
    }
  }

  private Inviter inviter(JoinOffer offer, PeerKey proven) throws Invalid, Denied {
    try {
      ByteString proof =
          ByteString.copyFrom(Base64.getDecoder().decode(String.valueOf(offer.proof())));
      if (!code.isProof(proof, JoinSide.INVITER, proven, key.publicKey())) {
        throw new Denied("join by the code: the inviter does not have its secret");
      }
      List<OfferedArena> arenas = offer.arenas() == null ? List.of() : offer.arenas();
      PeerKey founder =
          offer.founder() == null
              ? proven
              : PeerKey.ofSpki(Base64.getDecoder().decode(offer.founder()));
      return new Inviter(new PeerName(String.valueOf(offer.name())), proven, founder, arenas);
    } catch (IllegalArgumentException e) {
      throw new Invalid("join by the code: the inviter's offer", e);
    }
  }
}
