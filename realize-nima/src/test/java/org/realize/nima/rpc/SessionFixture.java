package org.realize.nima.rpc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.realize.nima.config.Rates;
import org.realize.sync.testing.ManualTime;

/** Sessions over wires in memory, with virtual time; all ended by {@link #endAll}. */
final class SessionFixture {

  static final int PIPE_BYTES = 64 << 10;

  final ManualTime time = new ManualTime();
  private final List<Session> sessions = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();
  private final AtomicInteger ends = new AtomicInteger();

  /** The nanoseconds within which a session asked for a tick, in order. */
  final Queue<Long> dues = new ConcurrentLinkedQueue<>();

  /** A started session on {@code wire} that answers with {@code handler}. */
  Session session(Wire wire, CallHandler handler) {
    return session(wire, handler, Limits.DEFAULT, () -> Rates.UNLIMITED);
  }

  /** The same, at {@code rates}. */
  Session session(Wire wire, CallHandler handler, Limits limits, Supplier<Rates> rates) {
    Session session =
        new Session(
            new Session.SessionParts(
                "test",
                wire,
                new FrameReader(wire, time::monotonicNanos),
                limits.maxCalls(),
                limits,
                handler,
                time,
                new Pace(rates, time),
                Thread.ofPlatform().daemon().factory(),
                Thread.ofVirtual().factory(),
                dues::add,
                _ -> ends.incrementAndGet()));
    sessions.add(session);
    wires.add(wire);
    session.start();
    return session;
  }

  /** A session that talks to {@link RawPeer}. */
  record WithRawPeer(Session session, RawPeer peer, PipeWire peerWire) {}

  WithRawPeer withRawPeer(CallHandler handler) {
    PipeWire[] pipe = PipeWire.pair(PIPE_BYTES);
    Session session = session(pipe[0], handler);
    wires.add(pipe[1]);
    return new WithRawPeer(session, new RawPeer(pipe[1], time), pipe[1]);
  }

  void advanceAndTick(Duration duration) {
    time.advance(duration);
    sessions.forEach(Session::tick);
  }

  /** Moves the clock to where the one thread wakes that a pace holds back, once it sleeps. */
  void leapAndTick() throws InterruptedException {
    time.leap(1);
    sessions.forEach(Session::tick);
  }

  /** How many sessions reported their end. */
  int ends() {
    return ends.get();
  }

  void endAll() throws InterruptedException {
    wires.forEach(Wire::abort);
    for (Session session : sessions) {
      if (!session.awaitEnd(Duration.ofSeconds(10))) {
        throw new AssertionError("a session's threads did not end");
      }
    }
  }
}
