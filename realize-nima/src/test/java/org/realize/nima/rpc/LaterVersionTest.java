package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.FrameHeader;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.rpc.wire.PingMethod;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.model.PeerName;
import org.realize.sync.port.Hello;
import org.realize.sync.testing.ManualTime;

/** A peer of a later version of the program, which says and asks more than this one can. */
@Timeout(60)
class LaterVersionTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  /** A field that no message of this version has. */
  private static final UnknownFieldSet LATER =
      UnknownFieldSet.newBuilder()
          .addField(
              99,
              UnknownFieldSet.Field.newBuilder()
                  .addLengthDelimited(ByteString.copyFromUtf8("of a later version"))
                  .build())
          .build();

  private final TestNode later = new TestNode("later", TestNode.PATIENT);
  private final TestNode node = new TestNode("node", TestNode.PATIENT, "127.0.0.1:0");
  private final List<Wire> wires = new ArrayList<>();
  private RawPeer interactive;

  /** Greets on both lanes, with a version, a capability and a field that are not known here. */
  @BeforeEach
  void connect() throws Exception {
    node.knows(later).start();
    interactive = greet(Lane.LANE_INTERACTIVE);
    greet(Lane.LANE_BULK);
    await().atMost(SOON).until(() -> node.link(later).isPresent());
  }

  @AfterEach
  void close() {
    wires.forEach(Wire::abort);
    node.close();
    later.close();
  }

  private RawPeer greet(Lane lane) throws IOException {
    PeerTls tls = new PeerTls(later.key, _ -> Optional.of(new PeerName("any")), new SecureRandom());
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
    TlsWire wire = new TlsWire(channel, tls.diallingEngine(Dialer.APPLICATION_PROTOCOL), "node");
    wires.add(wire);
    wire.handshake();
    RawPeer raw = new RawPeer(wire, new ManualTime());
    Introduction hello =
        new Introduction(
            lane,
            new UUID(1, 1),
            new UUID(2, 2),
            new Hello(later.identity, Optional.empty()),
            new Introduction.Terms("later", 64, Set.of("telepathy"), 0));
    raw.send(
        Frame.hello(hello.message().toBuilder().setVersion(7).setUnknownFields(LATER).build()));
    var answer =
        org.realize.nima.rpc.wire.Hello.parseFrom(raw.next(KindCase.HELLO).payload().duplicate());
    assertThat(answer.getVersion()).isEqualTo(Introduction.VERSION);
    assertThat(answer.getCapabilitiesList()).contains("contents", "purge", "members");
    return raw;
  }

  private static Frame ping(long call) {
    Request.Builder ping = Request.newBuilder().setPing(PingMethod.getDefaultInstance());
    return Frame.request(
        ping.setCall(call).setWindow(Limits.MIN_WINDOW_BYTES).setUnknownFields(LATER).build());
  }

  private static Frame unknownRequest(long call, ByteBuffer payload) {
    Request request =
        Request.newBuilder()
            .setCall(call)
            .setWindow(Limits.MIN_WINDOW_BYTES)
            .setUnknownFields(LATER)
            .build();
    return new Frame(FrameHeader.newBuilder().setRequest(request).build(), payload);
  }

  @Test
  void hello_unknownVersionCapabilityAndField_connects_andCallsGoOn() throws Exception {
    interactive.send(ping(1));

    assertThat(interactive.next(KindCase.END).header().getEnd().getCall()).isEqualTo(1);
    assertThat(node.connections().refused()).isZero();
  }

  @Test
  void request_unknownMethod_isRefusedAsUnsupported_andTheNextIsAnswered() throws Exception {
    interactive.send(unknownRequest(1, ByteBuffer.allocate(0)));
    interactive.send(ping(2));

    var refused = interactive.next(KindCase.FAILURE).header().getFailure();
    assertThat(refused.getCall()).isEqualTo(1);
    assertThat(refused.getCode()).isEqualTo(FailureCode.FAILURE_UNSUPPORTED);
    assertThat(interactive.next(KindCase.END).header().getEnd().getCall()).isEqualTo(2);
  }

  /** Hence a request with a payload needs a capability. */
  @Test
  void request_unknownMethodWithPayload_endsThePairAsMalformed() throws Exception {
    interactive.send(unknownRequest(1, ByteBuffer.allocate(10)));

    var goodbye = interactive.goodbye();
    assertThat(goodbye.getReason()).isEqualTo(GoodbyeReason.GOODBYE_MALFORMED_FRAME);
    assertThat(goodbye.getMessage()).contains("payload behind a REQUEST");
    await().atMost(SOON).until(() -> node.link(later).isEmpty());
  }
}
