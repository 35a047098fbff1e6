package org.realize.nima.rpc;

import java.io.IOException;
import org.realize.nima.config.HostPort;
import org.realize.nima.membership.JoinMessage;
import org.realize.nima.membership.JoinMessage.JoinConsent;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.membership.JoinMessage.JoinResult;
import org.realize.nima.tls.AuthLog;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inviter's side of {@code realize-join/1}. The other side is a stranger: it may send two
 * messages of at most 4 KiB, and nothing but these is read. Thread-safe.
 */
final class JoinGreeter {

  private static final Logger LOG = LoggerFactory.getLogger(JoinGreeter.class);

  private final JoinDesk desk;
  private final AuthLog authLog;

  JoinGreeter(JoinDesk desk, AuthLog authLog) {
    this.desk = desk;
    this.authLog = authLog;
  }

  /** Serves a connection that proved the key {@code joiner}; its caller bounds the time. */
  void greet(Wire wire, PeerKey joiner) throws IOException, InterruptedException {
    JoinFrames frames = new JoinFrames(wire);
    JoinRequest request = frames.receive(JoinRequest.class, JoinMessage.MAX_REQUEST_BYTES);
    JoinOffer offer;
    try {
      offer = desk.offer(joiner, request);
    } catch (RealizeException e) {
      refused(wire, joiner, e);
      frames.send(new JoinOffer(e.oneLine(), null, null, null, null));
      return;
    }
    frames.send(offer);
    if (!frames.receive(JoinConsent.class, JoinMessage.MAX_REQUEST_BYTES).join()) {
      return;
    }
    JoinResult result;
    try {
      desk.admit(joiner, request, HostPort.parse(wire.address()).host());
      LOG.info("{} joined, key {}", request.name(), joiner.fingerprint());
      result = new JoinResult(null);
    } catch (RealizeException e) {
      refused(wire, joiner, e);
      result = new JoinResult(e.oneLine());
    }
    frames.send(result);
  }

  private void refused(Wire wire, PeerKey joiner, RealizeException cause) {
    authLog.refused(
        wire.address(), "join with key " + joiner.fingerprint() + ": " + cause.oneLine());
  }
}
