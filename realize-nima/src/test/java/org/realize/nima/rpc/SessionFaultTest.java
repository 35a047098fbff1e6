package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.rpc.wire.FrameHeader;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Hello;
import org.realize.nima.rpc.wire.PingMethod;
import org.realize.nima.rpc.wire.Request;

/** Tests of sessions with a peer that breaks the protocol, stalls, or falls silent. */
@Timeout(30)
class SessionFaultTest {

  private static final int WINDOW = 2 << 20;
  private static final CallHandler SILENT = _ -> {};
  private static final long SEED = 31;

  private final SessionFixture fixture = new SessionFixture();

  @AfterEach
  void endAll() throws InterruptedException {
    fixture.endAll();
  }

  private static Request.Builder ping() {
    return Request.newBuilder().setPing(PingMethod.getDefaultInstance());
  }

  private void assertCutFor(GoodbyeReason reason, Frame... frames) throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    for (Frame frame : frames) {
      raw.peer().send(frame);
    }
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(reason);
    assertThat(Objects.requireNonNull(raw.session().ended()).reason()).isEqualTo(reason);
  }

  @Test
  void dispatch_dataForNoCall_isUnexpected() throws Exception {
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.data(1, ByteBuffer.allocate(1)));
  }

  @Test
  void dispatch_endOfNoCall_isUnexpected() throws Exception {
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.end(1));
  }

  @Test
  void dispatch_cancelOrCreditForACallThatNeverWas_isUnexpected() throws Exception {
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.cancel(1));
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.credit(1, 1));
  }

  @Test
  void dispatch_pongWithoutPing_isUnexpected() throws Exception {
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.pong(99));
  }

  @Test
  void dispatch_secondHello_isUnexpected() throws Exception {
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, Frame.hello(Hello.getDefaultInstance()));
  }

  @Test
  void dispatch_headerWithoutKind_isMalformed() throws Exception {
    // An unknown field, as a later version might send it.
    FrameHeader later = FrameHeader.parseFrom(new byte[] {(byte) 0xFA, 0x01, 0});
    assertCutFor(GoodbyeReason.GOODBYE_MALFORMED_FRAME, new Frame(later, ByteBuffer.allocate(0)));
  }

  @Test
  void requested_callIdUsedBefore_isUnexpected() throws Exception {
    Frame request = Frame.request(ping().setCall(5).setWindow(WINDOW).build());
    assertCutFor(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, request, request);
  }

  @Test
  void requested_windowOutOfBounds_isUnexpected() throws Exception {
    assertCutFor(
        GoodbyeReason.GOODBYE_UNEXPECTED_FRAME,
        Frame.request(ping().setCall(1).setWindow(1000).build()));
    assertCutFor(
        GoodbyeReason.GOODBYE_UNEXPECTED_FRAME,
        Frame.request(ping().setCall(1).setWindow(-1).build()));
  }

  @Test
  void granted_moreThanAWindowMayHold_isUnexpected() throws Exception {
    var raw =
        fixture.withRawPeer(call -> {
          while (true) {
            call.send(ByteBuffer.allocate(1 << 20));
          }
        });
    raw.peer().send(Frame.request(ping().setCall(1).setWindow(Limits.MIN_WINDOW_BYTES).build()));
    raw.peer().next(KindCase.DATA);
    raw.peer().send(Frame.credit(1, Long.MAX_VALUE));
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME);
  }

  @Test
  void delivered_moreThanTheCredit_isCut() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    try (OutgoingCall call =
        raw.session().call(ping(), Limits.MIN_WINDOW_BYTES, Duration.ofSeconds(5))) {
      ByteBuffer part = ByteBuffer.allocate(Limits.MAX_PAYLOAD_BYTES);
      raw.peer().send(Frame.data(call.id(), part));
      raw.peer().send(Frame.data(call.id(), part));
      assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_CREDIT_EXCEEDED);
    }
  }

  @Test
  void tick_frameBegunAndNotFinished_isCutAsStalled() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    raw.peer().sendBytes((byte) 0, (byte) 9, (byte) 0);
    await()
        .untilAsserted(() -> {
          fixture.advanceAndTick(Duration.ofSeconds(31));
          assertThat(raw.session().ended()).isNotNull();
        });
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_STALLED);
  }

  @Test
  void tick_peerThatDoesNotRead_isCutAsStalled() throws Exception {
    var raw =
        fixture.withRawPeer(call -> {
          while (true) {
            call.send(ByteBuffer.allocate(1 << 20));
          }
        });
    raw.peer().send(Frame.request(ping().setCall(1).setWindow(WINDOW).build()));
    await().until(() -> raw.peerWire() != null && writerIsStuck(raw));
    fixture.advanceAndTick(Duration.ofSeconds(31));
    assertThat(Objects.requireNonNull(raw.session().ended()).reason())
        .isEqualTo(GoodbyeReason.GOODBYE_STALLED);
    // The farewell cannot be sent either; after its time the connection is cut.
    fixture.advanceAndTick(Duration.ofSeconds(2));
    assertThat(raw.session().awaitEnd(Duration.ofSeconds(10))).isTrue();
  }

  /** The pipe towards the peer is full. */
  private static boolean writerIsStuck(SessionFixture.WithRawPeer raw) {
    return raw.peerWire().receivedBytes() >= SessionFixture.PIPE_BYTES;
  }

  @Test
  void tick_peerThatSaysNothing_isCutAsSilent() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    fixture.advanceAndTick(Duration.ofSeconds(44));
    assertThat(raw.session().ended()).isNull();
    fixture.advanceAndTick(Duration.ofSeconds(2));
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_SILENT);
  }

  /** Somebody waits: a connection that is dead is noticed in two seconds, not in 45. */
  @Test
  void waiting_forAPeerThatSaysNothing_isCutAfterTwoSeconds() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    fixture.advanceAndTick(Duration.ofSeconds(10));
    long start = fixture.time.monotonicNanos();
    try (Session.AwaitedAnswer _ = raw.session().waiting()) {
      while (raw.session().ended() == null) {
        fixture.time.leap(1);
        assertThat(fixture.time.monotonicNanos() - start)
            .isLessThan(Duration.ofMillis(2_500).toNanos());
      }
    }
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_SILENT);
    assertThat(fixture.time.monotonicNanos() - start)
        .isGreaterThanOrEqualTo(Duration.ofMillis(1_500).toNanos());
  }

  /** Nobody waits: the network has changed, so the connection may be dead. */
  @Test
  void check_ofAPeerThatSaysNothing_cutsItAfterTwoSeconds() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    fixture.advanceAndTick(Duration.ofSeconds(10));
    long start = fixture.time.monotonicNanos();
    raw.session().check();
    while (raw.session().ended() == null) {
      fixture.time.leap(2); // who checks, and who counts
      assertThat(fixture.time.monotonicNanos() - start)
          .isLessThan(Duration.ofMillis(2_500).toNanos());
    }
    assertThat(raw.peer().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_SILENT);
  }

  @Test
  void waiting_thatEnds_leavesASilentPeerAlone() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    fixture.advanceAndTick(Duration.ofSeconds(10));
    raw.session().waiting().close();
    for (int i = 0; i < 30; i++) {
      fixture.advanceAndTick(Duration.ofMillis(100));
    }
    assertThat(raw.session().ended()).isNull();
  }

  @Test
  void dispatch_floodOfPingsFromAPeerThatDoesNotRead_isCut() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    Thread flood =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  raw.peer().send(Frame.ping(1));
                }
              } catch (IOException e) {
                // The session has ended.
              }
            });
    await().until(() -> raw.session().ended() != null);
    assertThat(Objects.requireNonNull(raw.session().ended()).reason())
        .isEqualTo(GoodbyeReason.GOODBYE_FLOODED);
    raw.peerWire().abort();
    flood.join();
  }

  @Test
  void dispatch_cutConnection_endsTheSession() throws Exception {
    var raw = fixture.withRawPeer(SILENT);
    raw.peerWire().abort();
    assertThat(raw.session().awaitEnd(Duration.ofSeconds(10))).isTrue();
    assertThat(fixture.ends()).isEqualTo(1);
  }

  /**
   * Well-formed frames without any sense: the session always ends with a named reason, in bounds.
   */
  @Test
  void dispatch_randomFrames_endsWithAReason() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 300; round++) {
      var raw = fixture.withRawPeer(SILENT);
      try {
        for (int i = 0; i < 1000; i++) {
          raw.peer().send(anyFrame(random));
        }
      } catch (IOException e) {
        // Cut, as it should be.
      }
      assertThat(raw.peer().goodbye().getReason())
          .as("seed %d, round %d", SEED, round)
          .isNotEqualTo(GoodbyeReason.GOODBYE_UNSPECIFIED);
      raw.peerWire().abort();
    }
  }

  private static Frame anyFrame(SplittableRandom random) {
    long call = random.nextInt(4);
    return switch (random.nextInt(8)) {
      case 0 -> Frame.ping(call);
      case 1 -> Frame.cancel(call);
      case 2 -> Frame.credit(call, random.nextLong());
      case 3 -> Frame.end(call);
      case 4 -> Frame.pong(call);
      case 5 -> Frame.data(call, ByteBuffer.allocate(random.nextInt(64)));
      default -> Frame.request(ping().setCall(call).setWindow(random.nextInt(2 * WINDOW)).build());
    };
  }
}
