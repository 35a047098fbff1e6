package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.Rate;
import org.realize.nima.config.Rates;
import org.realize.nima.rpc.wire.BlocksMethod;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.PingMethod;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.rpc.wire.Request.MethodCase;
import org.realize.sync.model.RealizeException;

/** Sessions at one part a second. Time passes only while somebody is held back. */
@Timeout(30)
class LimitedSessionTest {

  private static final int COST = 128 << 10;
  private static final int PART = COST - Limits.FRAME_COST_BYTES;
  private static final int WINDOW = 2 << 20;
  private static final int WINDOW_PARTS = WINDOW / COST;
  private static final Rates UP = new Rates(new Rate(COST), Rate.UNLIMITED);
  private static final Rates DOWN = new Rates(Rate.UNLIMITED, new Rate(COST));

  private final SessionFixture fixture = new SessionFixture();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicReference<@Nullable RealizeException> failure = new AtomicReference<>();
  private final CountDownLatch failed = new CountDownLatch(1);

  @AfterEach
  void endAll() throws InterruptedException {
    fixture.endAll();
    threads.shutdownNow();
  }

  private record Two(Session caller, Session callee) {}

  private Two two(Supplier<Rates> ofCaller, Supplier<Rates> ofCallee) {
    PipeWire[] pipe = PipeWire.pair(SessionFixture.PIPE_BYTES);
    Session callee = fixture.session(pipe[1], this::answer, TestNode.PATIENT, ofCallee);
    return new Two(fixture.session(pipe[0], _ -> {}, TestNode.PATIENT, ofCaller), callee);
  }

  private Two limitedUp() {
    return two(() -> Rates.UNLIMITED, () -> UP);
  }

  private Two limitedDown() {
    return two(() -> DOWN, () -> Rates.UNLIMITED);
  }

  /** Blocks with as many parts as asked for, all else with nothing. */
  private void answer(IncomingCall call) throws RealizeException, InterruptedException {
    if (call.request().getMethodCase() != MethodCase.BLOCKS) {
      return;
    }
    try {
      for (int i = 0; i < call.request().getBlocks().getCount(); i++) {
        call.send(ByteBuffer.allocate(PART));
        sent.incrementAndGet();
      }
    } catch (RealizeException e) {
      failure.set(e);
      failed.countDown();
      throw e;
    }
  }

  private static OutgoingCall blocks(Session caller, int count, @Nullable Duration deadline)
      throws RealizeException, InterruptedException {
    return caller.call(
        Request.newBuilder().setBlocks(BlocksMethod.newBuilder().setCount(count)),
        WINDOW,
        deadline);
  }

  private static int takeAll(Session caller, int count)
      throws RealizeException, InterruptedException {
    int taken = 0;
    try (OutgoingCall call = blocks(caller, count, null)) {
      while (call.next() != null) {
        taken++;
      }
    }
    return taken;
  }

  private static void callWithoutAnswer(Session caller)
      throws RealizeException, InterruptedException {
    Request.Builder ping = Request.newBuilder().setPing(PingMethod.getDefaultInstance());
    try (OutgoingCall call = caller.call(ping, WINDOW, null)) {
      assertThat(call.next()).isNull();
    }
  }

  /** From now on time passes whenever somebody is held back. */
  private void startClock() {
    Future<?> clock =
        threads.submit(() -> {
          while (true) {
            fixture.leapAndTick();
          }
        });
    assertThat(clock).isNotDone();
  }

  private Duration elapsed() {
    return Duration.ofNanos(fixture.time.monotonicNanos());
  }

  @Test
  void send_limitedUp_holdsTheRate() throws Exception {
    Two two = limitedUp();
    startClock();
    assertThat(takeAll(two.caller(), 40)).isEqualTo(40);
    assertThat(elapsed()).isEqualTo(Duration.ofSeconds(39)); // the first went at once
  }

  @Test
  void send_severalStreams_shareTheRate() throws Exception {
    Two two = limitedUp();
    startClock();
    Future<Integer> first = threads.submit(() -> takeAll(two.caller(), 20));
    Future<Integer> second = threads.submit(() -> takeAll(two.caller(), 20));
    assertThat(first.get() + second.get()).isEqualTo(40);
    assertThat(elapsed()).isEqualTo(Duration.ofSeconds(39));
  }

  @Test
  void send_otherDirection_isNotLimited() throws Exception {
    Two two = two(() -> UP, () -> DOWN);
    assertThat(takeAll(two.caller(), 100)).isEqualTo(100);
    assertThat(elapsed()).isZero();
  }

  @Test
  void call_besideAStreamThatIsHeldBack_isAnsweredAtOnce() throws Exception {
    Two two = limitedUp();
    try (OutgoingCall stream = blocks(two.caller(), 100_000, null)) {
      assertThat(stream.next()).isNotNull();
      await().until(() -> fixture.time.sleepers() == 1);
      for (int i = 0; i < 100; i++) {
        callWithoutAnswer(two.caller());
      }
      assertThat(elapsed()).isZero();
    }
    startClock();
    failed.await();
  }

  @Test
  void close_callThatIsHeldBack_endsItsHandler() throws Exception {
    Two two = limitedUp();
    OutgoingCall call = blocks(two.caller(), 100_000, null);
    assertThat(call.next()).isNotNull();
    call.close();
    startClock();
    failed.await();
    assertThat(failure.get()).hasMessageContaining("cancelled by the caller");
  }

  @Test
  void tick_pastTheDeadlineOfACallThatIsHeldBack_endsBothSides() throws Exception {
    Two two = limitedUp();
    try (OutgoingCall call = blocks(two.caller(), 1000, Duration.ofSeconds(3))) {
      startClock();
      assertThatThrownBy(
              () -> {
                while (call.next() != null) {}
              })
          .isInstanceOf(RealizeException.TimedOut.class);
    }
    failed.await();
    assertThat(sent.get()).isBetween(3, 4);
    assertThat(elapsed()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3200));
  }

  @Test
  void close_sessionWhoseStreamIsHeldBack_endsIts() throws Exception {
    Two two = limitedUp();
    try (OutgoingCall call = blocks(two.caller(), 1000, null)) {
      assertThat(call.next()).isNotNull();
      two.callee().close(GoodbyeReason.GOODBYE_SHUTDOWN, "going home");
      assertThat(two.callee().awaitEnd(Duration.ofSeconds(10))).isTrue();
      startClock();
      failed.await();
      assertThat(failure.get()).isInstanceOf(RealizeException.Unreachable.class);
      assertThat(elapsed()).isLessThanOrEqualTo(Duration.ofMillis(200));
    }
  }

  @Test
  void send_limitThatIsLifted_countsAtOnce() throws Exception {
    AtomicReference<Rates> rates = new AtomicReference<>(UP);
    Two two = two(() -> Rates.UNLIMITED, rates::get);
    startClock();
    try (OutgoingCall call = blocks(two.caller(), 500, null)) {
      for (int i = 0; i < 3; i++) {
        assertThat(call.next()).isNotNull();
      }
      rates.set(Rates.UNLIMITED);
      while (call.next() != null) {}
    }
    assertThat(sent).hasValue(500);
  }

  /** What the peer may send next is granted no faster than the limit lets us take. */
  @Test
  void next_limitedDown_holdsTheRateAndTheCredit() throws Exception {
    Two two = limitedDown();
    try (OutgoingCall call = blocks(two.caller(), 60, null)) {
      assertThat(call.next()).isNotNull();
      await().untilAsserted(() -> assertThat(sent).hasValue(WINDOW_PARTS));
      startClock();
      for (int taken = 2; taken <= 60; taken++) {
        assertThat(call.next()).isNotNull();
        assertThat(sent.get()).isLessThanOrEqualTo(taken + WINDOW_PARTS);
        assertThat(elapsed()).isEqualTo(Duration.ofSeconds(taken - 1));
      }
      assertThat(call.next()).isNull();
    }
  }

  /** Also when all has come and the call is over for the other side. */
  @Test
  void next_limitedDownPastTheDeadline_isTimedOut() throws Exception {
    Two two = limitedDown();
    try (OutgoingCall call = blocks(two.caller(), 10, Duration.ofSeconds(3))) {
      await().untilAsserted(() -> assertThat(sent).hasValue(10));
      callWithoutAnswer(two.caller()); // behind the parts: they are all here
      startClock();
      AtomicInteger taken = new AtomicInteger();
      assertThatThrownBy(
              () -> {
                while (call.next() != null) {
                  taken.incrementAndGet();
                }
              })
          .isInstanceOf(RealizeException.TimedOut.class);
      assertThat(taken.get()).isBetween(3, 4);
      assertThat(elapsed()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3100));
      assertThatThrownBy(call::next).isInstanceOf(RealizeException.TimedOut.class);
    }
  }

  @Test
  void next_limitedDownAndTheSessionEnds_handsOutWhatIsHere() throws Exception {
    Two two = limitedDown();
    try (OutgoingCall call = blocks(two.caller(), WINDOW_PARTS + 1, null)) {
      await().untilAsserted(() -> assertThat(sent).hasValue(WINDOW_PARTS));
      callWithoutAnswer(two.caller());
      two.callee().close(GoodbyeReason.GOODBYE_SHUTDOWN, "going home");
      assertThat(two.caller().awaitEnd(Duration.ofSeconds(10))).isTrue();
      for (int i = 0; i < WINDOW_PARTS; i++) {
        assertThat(call.next()).isNotNull();
      }
      assertThat(elapsed()).isZero();
      assertThatThrownBy(call::next)
          .isInstanceOf(RealizeException.Unreachable.class)
          .hasMessageContaining("going home");
    }
  }
}
