package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.PingMethod;
import org.realize.nima.rpc.wire.Request;
import org.realize.sync.model.RealizeException;

@Timeout(30)
class SessionTest {

  private static final int BLOCK = 128 << 10;
  private static final int WINDOW = 2 << 20;
  private static final CallHandler SILENT = _ -> {};

  private final SessionFixture fixture = new SessionFixture();

  @AfterEach
  void endAll() throws InterruptedException {
    fixture.endAll();
  }

  private static Request.Builder ping() {
    return Request.newBuilder().setPing(PingMethod.getDefaultInstance());
  }

  private Session caller(CallHandler other) {
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    fixture.session(pipe[1], other);
    return fixture.session(pipe[0], SILENT);
  }

  private static List<ByteBuffer> all(OutgoingCall call)
      throws RealizeException, InterruptedException {
    List<ByteBuffer> parts = new ArrayList<>();
    for (ByteBuffer part = call.next(); part != null; part = call.next()) {
      parts.add(part);
    }
    return parts;
  }

  @Test
  void call_emptyAnswer_completes() throws Exception {
    try (OutgoingCall call = caller(SILENT).call(ping(), WINDOW, Duration.ofSeconds(5))) {
      assertThat(all(call)).isEmpty();
    }
  }

  @Test
  void call_answerOfManyParts_arrivesInOrder() throws Exception {
    Session caller =
        caller(call -> {
          for (int i = 0; i < 1000; i++) {
            call.send(ByteBuffer.allocate(4).putInt(i).flip());
          }
        });
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      List<ByteBuffer> parts = all(call);
      assertThat(parts).hasSize(1000);
      assertThat(parts.get(999).getInt()).isEqualTo(999);
    }
  }

  @Test
  void call_bothSidesAtOnce_areAnswered() throws Exception {
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    Session left = fixture.session(pipe[0], call -> call.send(ByteBuffer.allocate(1)));
    Session right = fixture.session(pipe[1], call -> call.send(ByteBuffer.allocate(2)));
    try (OutgoingCall fromLeft = left.call(ping(), WINDOW, null);
        OutgoingCall fromRight = right.call(ping(), WINDOW, null)) {
      assertThat(Objects.requireNonNull(fromLeft.next()).remaining()).isEqualTo(2);
      assertThat(Objects.requireNonNull(fromRight.next()).remaining()).isEqualTo(1);
    }
  }

  @Test
  void call_failure_arrivesAsItsException() throws Exception {
    Session caller =
        caller(call -> {
          call.send(ByteBuffer.allocate(1));
          throw new RealizeException.VersionGone("read a: changed");
        });
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThat(call.next()).isNotNull();
      assertThatThrownBy(call::next)
          .isInstanceOf(RealizeException.VersionGone.class)
          .hasMessage("read a: changed");
    }
  }

  @Test
  void call_handlerWithABug_isUnreachableAndTheSessionLives() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Session caller =
        caller(_ -> {
          if (calls.incrementAndGet() == 1) {
            throw new IllegalStateException("a bug on purpose");
          }
        });
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThatThrownBy(call::next).isInstanceOf(RealizeException.Unreachable.class);
    }
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThat(call.next()).isNull();
    }
  }

  /** The window bounds what is on its way to a consumer that does not take. */
  @Test
  void send_consumerThatDoesNotTake_stopsAtTheWindow() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    Session caller =
        caller(call -> {
          for (int i = 0; i < 100; i++) {
            call.send(ByteBuffer.allocate(BLOCK));
            sent.incrementAndGet();
          }
        });
    int fits = WINDOW / Frame.costBytes(BLOCK);
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      await().untilAsserted(() -> assertThat(sent).hasValue(fits));
      for (int taken = 1; taken <= 100; taken++) {
        assertThat(call.next()).isNotNull();
        assertThat(sent.get()).isLessThanOrEqualTo(taken + fits);
      }
      assertThat(call.next()).isNull();
    }
  }

  /** One stream that nobody takes does not hold up another. */
  @Test
  void call_besideAStreamThatNobodyTakes_isAnswered() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Session caller =
        caller(call -> {
          int parts = calls.incrementAndGet() == 1 ? 1000 : 1;
          for (int i = 0; i < parts; i++) {
            call.send(ByteBuffer.allocate(BLOCK));
          }
        });
    try (OutgoingCall stuck = caller.call(ping(), WINDOW, null)) {
      assertThat(stuck.next()).isNotNull();
      try (OutgoingCall other = caller.call(ping(), WINDOW, null)) {
        assertThat(all(other)).hasSize(1);
      }
    }
  }

  @Test
  void close_beforeTheEnd_stopsTheHandlerAndFreesTheCall() throws Exception {
    AtomicReference<RealizeException> seen = new AtomicReference<>();
    Session caller =
        caller(call -> {
          try {
            while (true) {
              call.send(ByteBuffer.allocate(BLOCK));
            }
          } catch (RealizeException e) {
            seen.set(e);
            throw e;
          }
        });
    // More calls than fit at once: each must free its place.
    for (int i = 0; i < 3 * Limits.DEFAULT.maxCalls(); i++) {
      try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
        assertThat(call.next()).isNotNull();
      }
    }
    await().untilAsserted(() -> assertThat(seen.get()).hasMessageContaining("cancelled"));
  }

  @Test
  void close_handlerThatWaits_isInterrupted() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(1);
    Session caller =
        caller(call -> {
          try {
            call.interruptibly(() -> {
              waiting.countDown();
              new CountDownLatch(1).await();
              return "never";
            });
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        });
    OutgoingCall call = caller.call(ping(), WINDOW, null);
    waiting.await();
    call.close();
    interrupted.await();
  }

  @Test
  void tick_pastTheDeadline_endsTheCallOnBothSides() throws Exception {
    CountDownLatch handlerEnded = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(1);
    Session caller =
        caller(call -> {
          waiting.countDown();
          try {
            while (true) {
              call.send(ByteBuffer.allocate(BLOCK));
            }
          } finally {
            handlerEnded.countDown();
          }
        });
    try (OutgoingCall call = caller.call(ping(), WINDOW, Duration.ofSeconds(2))) {
      waiting.await();
      fixture.advanceAndTick(Duration.ofSeconds(3));
      handlerEnded.await();
      assertThatThrownBy(() -> all(call)).isInstanceOf(RealizeException.TimedOut.class);
    }
  }

  @Test
  void call_withADeadline_isDueThen() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Session caller =
        caller(call ->
            call.interruptibly(() -> {
              release.await();
              return "";
            }));
    fixture.dues.clear();
    try (OutgoingCall call = caller.call(ping(), WINDOW, Duration.ofSeconds(2))) {
      assertThat(call.deadlineNanos()).isEqualTo(2_000_000_000L);
      await().until(() -> fixture.dues.size() == 2); // the other side has the deadline, too
      assertThat(fixture.dues).containsOnly(2_000_000_000L);
      fixture.time.advance(Duration.ofSeconds(1));
      assertThat(caller.tick()).isEqualTo(1_000_000_000L);
    }
    release.countDown();
  }

  @Test
  void tick_idleConnection_isDueForItsKeepAlive() {
    Session session = caller(SILENT);
    assertThat(session.tick()).isEqualTo(Limits.DEFAULT.keepAlive().toNanos());
    fixture.time.advance(Duration.ofSeconds(5));
    assertThat(session.tick()).isEqualTo(Duration.ofSeconds(10).toNanos());
  }

  @Test
  void close_withGoodbye_failsTheCallsOfBothSides() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    Session answering =
        fixture.session(
            pipe[1],
            call -> {
              waiting.countDown();
              call.interruptibly(() -> {
                new CountDownLatch(1).await();
                return "never";
              });
            });
    Session caller = fixture.session(pipe[0], SILENT);
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      waiting.await();
      answering.close(GoodbyeReason.GOODBYE_SHUTDOWN, "going home");
      assertThatThrownBy(call::next)
          .isInstanceOf(RealizeException.Unreachable.class)
          .hasMessageContaining("peer said shutdown: going home");
    }
    assertThatThrownBy(() -> caller.call(ping(), WINDOW, null))
        .isInstanceOf(RealizeException.Unreachable.class);
    assertThat(answering.awaitEnd(Duration.ofSeconds(10))).isTrue();
    await().untilAsserted(() -> assertThat(fixture.ends()).isEqualTo(2));
  }

  /** The clock stands still, so neither waits for the time that a farewell may take. */
  @Test
  void close_bothSidesAtOnce_endAtOnce() throws Exception {
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    Session left = fixture.session(pipe[0], SILENT);
    Session right = fixture.session(pipe[1], SILENT);
    left.close(GoodbyeReason.GOODBYE_SHUTDOWN, "going home");
    right.close(GoodbyeReason.GOODBYE_SHUTDOWN, "going home");
    assertThat(left.awaitEnd(Duration.ofSeconds(10))).isTrue();
    assertThat(right.awaitEnd(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void next_interruptedCaller_throwsAndTheSessionLives() throws Exception {
    Session caller = caller(call -> call.interruptibly(() -> blockUnlessPing(call)));
    Thread.currentThread().interrupt();
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThat(call.next()).isNull();
    } catch (InterruptedException e) {
      assertThat(caller.ended()).isNull();
    }
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThat(call.next()).isNull();
    }
  }

  private static String blockUnlessPing(IncomingCall call) {
    return call.request().getMethodCase().name();
  }

  @Test
  void call_moreThanTheOtherSideTakes_waitsForAPlace() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger most = new AtomicInteger();
    AtomicInteger now = new AtomicInteger();
    Session caller =
        caller(call -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          call.interruptibly(() -> {
            release.await();
            return "";
          });
          now.decrementAndGet();
        });
    List<Thread> threads = new ArrayList<>();
    AtomicInteger answered = new AtomicInteger();
    for (int i = 0; i < 2 * Limits.DEFAULT.maxCalls(); i++) {
      threads.add(Thread.ofVirtual().start(() -> countAnswer(caller, answered)));
    }
    await().untilAsserted(() -> assertThat(now).hasValue(Limits.DEFAULT.maxCalls()));
    release.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(answered).hasValue(2 * Limits.DEFAULT.maxCalls());
    assertThat(most.get()).isLessThanOrEqualTo(Limits.DEFAULT.maxCalls());
  }

  private static void countAnswer(Session caller, AtomicInteger answered) {
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      if (call.next() == null) {
        answered.incrementAndGet();
      }
    } catch (RealizeException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tick_quietConnection_keepsItAliveAndMeasuresIt() throws Exception {
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    Session left = fixture.session(pipe[0], SILENT);
    Session right = fixture.session(pipe[1], SILENT);
    for (int i = 0; i < 20; i++) {
      long sent = pipe[0].sentBytes();
      fixture.advanceAndTick(Duration.ofSeconds(16));
      await().untilAsserted(() -> assertThat(pipe[0].sentBytes()).isGreaterThan(sent));
      try (OutgoingCall call = left.call(ping(), WINDOW, null)) {
        assertThat(call.next()).isNull();
      }
      try (OutgoingCall call = right.call(ping(), WINDOW, null)) {
        assertThat(call.next()).isNull();
      }
    }
    assertThat(left.ended()).isNull();
    assertThat(right.ended()).isNull();
  }

  @Test
  void requested_moreCallsThanAllowed_isRefusedAsBusy() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    var raw =
        fixture.withRawPeer(call ->
            call.interruptibly(() -> {
              release.await();
              return "";
            }));
    for (int i = 1; i <= Limits.DEFAULT.maxCalls() + 1; i++) {
      raw.peer().send(Frame.request(ping().setCall(i).setWindow(WINDOW).build()));
    }
    var failure = raw.peer().next(KindCase.FAILURE).header().getFailure();
    assertThat(failure.getCode()).isEqualTo(FailureCode.FAILURE_BUSY);
    assertThat(failure.getCall()).isEqualTo(Limits.DEFAULT.maxCalls() + 1);
    release.countDown();
  }

  @Test
  void requested_unknownMethod_isUnsupported() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    raw.peer().send(Frame.request(Request.newBuilder().setCall(1).setWindow(WINDOW).build()));
    var failure = raw.peer().next(KindCase.FAILURE).header().getFailure();
    assertThat(failure.getCode()).isEqualTo(FailureCode.FAILURE_UNSUPPORTED);
  }

  @Test
  void call_handlerWithoutMemory_costsItsConnection() throws Exception {
    Session caller =
        caller(call -> {
          throw new OutOfMemoryError("heap");
        });
    try (OutgoingCall call = caller.call(ping(), WINDOW, null)) {
      assertThatThrownBy(call::next).isInstanceOf(RealizeException.Unreachable.class);
    }
    await().until(() -> fixture.ends() == 2);
    assertThat(String.valueOf(caller.ended())).contains("out of memory");
  }
}
