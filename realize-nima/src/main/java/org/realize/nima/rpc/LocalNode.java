package org.realize.nima.rpc;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.tls.AuthLog;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The properties that all connections of this node share, with the step that makes a pair of two
 * greeted ones. Immutable.
 *
 * @param name what this node calls itself towards peers
 * @param run drawn at each start of the process
 * @param rates how fast background traffic may go
 */
record LocalNode(
    String name,
    UUID run,
    PeerBook book,
    HelloJudge judge,
    PeerService service,
    JoinDesk desk,
    AddressExchange addresses,
    MovableArenas movable,
    TimeSource time,
    RandomGenerator random,
    Limits limits,
    Ticker ticker,
    AuthLog authLog,
    Pairing pairing,
    PeerRates rates) {

  private static final Logger LOG = LoggerFactory.getLogger(LocalNode.class);
  private static final int MOST_CALLS = 1024;

  /** A connection on which both sides have said Hello. */
  record Half(Wire wire, FrameReader frames, Introduction theirs) {}

  /** What we say to {@code peer} on a connection of {@code pair}. */
  Introduction introduction(PeerName peer, UUID pair, Lane lane) throws RealizeException {
    Introduction.Terms terms =
        new Introduction.Terms(
            name,
            limits.maxCalls(),
            Set.of(
                Introduction.CONTENTS,
                Introduction.PURGE,
                Introduction.MEMBERS,
                Introduction.ADDRESSES),
            time.unixMillis());
    return new Introduction(lane, pair, run, judge.hello(peer), terms);
  }

  /**
   * Lets the judge decide about what a peer said; true if they may talk. Else the caller says
   * {@code Goodbye} with the reason that {@code refuse} gets.
   */
  Optional<SessionEnd> refusal(PeerName peer, Introduction theirs) throws RealizeException {
    return refusal(judge.judge(peer, theirs.hello()));
  }

  /**
   * As {@link #refusal}, on the listening side, which was greeted and has not greeted yet: a peer
   * that is to take a new identity is told so by our greeting before it is refused.
   */
  Optional<SessionEnd> refusalOf(PeerName peer, LocalNode.Half dialler)
      throws RealizeException, IOException {
    HelloJudge.Verdict verdict = judge.judge(peer, dialler.theirs().hello());
    if (verdict instanceof HelloJudge.Verdict.Returned) {
      introduction(peer, dialler.theirs().pair(), Lane.LANE_INTERACTIVE).sendOn(dialler.wire());
    }
    return refusal(verdict);
  }

  private Optional<SessionEnd> refusal(HelloJudge.Verdict verdict) {
    return switch (verdict) {
      case HelloJudge.Verdict.Accept _ -> Optional.empty();
      case HelloJudge.Verdict.Refuse(String cause) ->
          Optional.of(new SessionEnd(GoodbyeReason.GOODBYE_STORE_REFUSED, cause, false));
      case HelloJudge.Verdict.Returned(String cause) ->
          Optional.of(new SessionEnd(GoodbyeReason.GOODBYE_STORE_REFUSED, cause, false));
      case HelloJudge.Verdict.Renewed(String cause) -> {
        pairing.endAll(GoodbyeReason.GOODBYE_RENEWED, cause);
        yield Optional.of(new SessionEnd(GoodbyeReason.GOODBYE_RENEWED, cause, false));
      }
    };
  }

  private ConnectedPeer.Origin origin(boolean dialled, Half interactive) {
    long now = time.unixMillis();
    long said = interactive.theirs().terms().clockMillis();
    Optional<Duration> ahead =
        said <= 0 ? Optional.empty() : Optional.of(Duration.ofMillis(said).minusMillis(now));
    return new ConnectedPeer.Origin(
        dialled, interactive.wire().address(), interactive.wire().localAddress(), now, ahead);
  }

  /** Makes the pair of two greeted connections; it is not started. */
  ConnectedPeer pair(PeerSettings setup, boolean dialled, Half interactive, Half bulk) {
    return new ConnectedPeer(
        setup,
        interactive.theirs(),
        origin(dialled, interactive),
        book,
        new ConnectedPeer.Lanes(
            onEnd -> new Session(parts(setup, Lane.LANE_INTERACTIVE, interactive, onEnd)),
            onEnd -> new Session(parts(setup, Lane.LANE_BULK, bulk, onEnd))),
        pairing::ended);
  }

  private boolean reaches(StoreId store) {
    return pairing.links().stream().anyMatch(link -> link.identity().store().equals(store));
  }

  private Session.SessionParts parts(
      PeerSettings setup, Lane lane, Half half, java.util.function.Consumer<SessionEnd> onEnd) {
    String label = setup.name() + (lane == Lane.LANE_BULK ? "-bulk" : "-interactive");
    return new Session.SessionParts(
        label,
        half.wire(),
        half.frames(),
        Math.min(half.theirs().terms().maxCalls(), MOST_CALLS),
        limits,
        new MemberCalls(
            setup,
            half.wire().address(),
            desk,
            addresses,
            new InboundService(
                setup.name(),
                half.theirs().hello().identity().store(),
                book,
                service,
                movable,
                this::reaches)),
        time,
        rates.pace(setup.name(), lane),
        Thread.ofPlatform().daemon().factory(),
        Thread.ofVirtual().name("rpc-call-" + label).factory(),
        ticker::dueIn,
        onEnd);
  }

  /** Says Goodbye on a connection that never became a session, where it still can. */
  void dismiss(Wire wire, GoodbyeReason reason, String message) {
    Frame goodbye = Frame.goodbye(reason, message);
    ticker.after(limits.farewell(), goodbye, wire::abort);
    try {
      wire.write(goodbye.head());
    } catch (IOException | RuntimeException e) {
      LOG.debug("goodbye to {} was lost", wire.address(), e);
    } finally {
      ticker.cancel(goodbye);
    }
  }
}
