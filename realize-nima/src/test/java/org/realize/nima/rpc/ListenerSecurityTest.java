package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.nima.membership.JoinMessage.JoinOffer;
import org.realize.nima.membership.JoinMessage.JoinRequest;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Lane;
import org.realize.nima.tls.NodeKey;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Hello;
import org.realize.sync.testing.ManualTime;
import org.slf4j.LoggerFactory;

/** The listener against strangers, and against known peers that misbehave, over real sockets. */
@Timeout(60)
class ListenerSecurityTest {

  private final TestNode friend = new TestNode("friend", TestNode.IMPATIENT);
  private final List<Wire> wires = new ArrayList<>();
  private TestNode node = new TestNode("node", TestNode.IMPATIENT, "127.0.0.1:0");
  private final ManualTime time = new ManualTime();

  @BeforeEach
  void start() throws Exception {
    node.knows(friend).start();
  }

  @AfterEach
  void close() {
    wires.forEach(Wire::abort);
    node.close();
    friend.close();
  }

  /** Takes another node instead, which waits only so long to be greeted. */
  private void restart(Duration greeting) throws Exception {
    node.close();
    node = new TestNode("node", TestNode.limits(greeting), "127.0.0.1:0").knows(friend).start();
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port());
  }

  private TlsWire dial(NodeKey key, String application) throws IOException {
    PeerTls tls = new PeerTls(key, _ -> Optional.of(new PeerName("any")), new SecureRandom());
    SocketChannel channel = SocketChannel.open(address());
    TlsWire wire = new TlsWire(channel, tls.diallingEngine(application), "node");
    wires.add(wire);
    wire.handshake();
    return wire;
  }

  private RawPeer friendSpeaksRaw() throws IOException {
    return new RawPeer(dial(friend.key, Dialer.APPLICATION_PROTOCOL), time);
  }

  private Introduction hello(Lane lane) {
    return new Introduction(
        lane,
        new UUID(1, 1),
        new UUID(2, 2),
        new Hello(friend.identity, Optional.empty()),
        new Introduction.Terms("raw", 64, Set.of(), 0));
  }

  /** Trusts whoever listens, offers no certificate. */
  private static SSLContext anonymous() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    TrustManager everybody =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

          @Override
          public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
          }
        };
    context.init(null, new TrustManager[] {everybody}, null);
    return context;
  }

  private void assertRefused(long before) {
    await().until(() -> node.connections().refused() == before + 1);
  }

  @Test
  void accept_unknownKey_isRefusedBeforeItIsHeard() throws Exception {
    assertStrangerIsNotHeard();
  }

  private void assertStrangerIsNotHeard() throws IOException {
    NodeKey stranger = NodeKey.generate(new SecureRandom());
    TlsWire wire = dial(stranger, Dialer.APPLICATION_PROTOCOL);
    RawPeer raw = new RawPeer(wire, time);
    // A client learns of it only when it reads; what it sends is never looked at.
    assertThatThrownBy(
            () -> {
              raw.send(hello(Lane.LANE_INTERACTIVE).frame());
              raw.next(KindCase.HELLO);
            })
        .isInstanceOfAny(IOException.class, NullPointerException.class);
    assertRefused(0);
  }

  /** Somebody is invited; {@code asked} gets the names of those who present a code. */
  private void invite(List<String> asked) {
    node.desk =
        new JoinDesk() {
          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public boolean isRevoked(PeerKey key) {
            return false;
          }

          @Override
          public JoinOffer offer(PeerKey joiner, JoinRequest request) throws RealizeException {
            asked.add(request.name());
            throw new RealizeException.Denied("not you");
          }

          @Override
          public void admit(PeerKey joiner, JoinRequest request, String seenHost) {
            throw new AssertionError("nobody was offered anything");
          }

          @Override
          public byte[] members() {
            return new byte[0];
          }

          @Override
          public void learn(PeerName from, byte[] members) {
            throw new AssertionError("nobody is connected");
          }
        };
  }

  @Test
  void accept_unknownKeyWhileSomebodyIsInvited_isHeardOfNothingElse() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    invite(asked);
    assertStrangerIsNotHeard();

    NodeKey stranger = NodeKey.generate(new SecureRandom());
    JoinFrames frames = new JoinFrames(dial(stranger, JoinFrames.APPLICATION_PROTOCOL));
    frames.send(new JoinRequest("stranger", List.of(), "AAAA"));

    assertThat(frames.receive(JoinOffer.class, 4_096).refused()).isEqualTo("not you");
    assertThat(asked).containsExactly("stranger");
    assertThatThrownBy(() -> frames.receive(JoinOffer.class, 4_096))
        .isInstanceOf(IOException.class);
    assertRefused(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "{\"name\":null}", "{\"addresses\":{}}", "hello"})
  void accept_badJoinMessage_isClosed(String message) throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    invite(asked);
    NodeKey stranger = NodeKey.generate(new SecureRandom());
    TlsWire wire = dial(stranger, JoinFrames.APPLICATION_PROTOCOL);
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    wire.write(
        ByteBuffer.allocate(2).putShort((short) bytes.length).flip(), ByteBuffer.wrap(bytes));

    assertClosed(wire);
    assertRefused(0);
    assertThat(asked).isEmpty();
  }

  @Test
  void accept_largeJoinMessage_isClosedBeforeItIsRead() throws Exception {
    invite(new ArrayList<>());
    NodeKey stranger = NodeKey.generate(new SecureRandom());
    TlsWire wire = dial(stranger, JoinFrames.APPLICATION_PROTOCOL);
    wire.write(ByteBuffer.allocate(2).putShort((short) 4_097).flip());

    assertClosed(wire);
    assertRefused(0);
  }

  @Test
  void accept_silentJoiner_isCut() throws Exception {
    restart(Duration.ofMillis(300));
    invite(new ArrayList<>());
    NodeKey stranger = NodeKey.generate(new SecureRandom());

    assertClosed(dial(stranger, JoinFrames.APPLICATION_PROTOCOL));
    assertRefused(0);
  }

  private static void assertClosed(Wire wire) {
    try {
      assertThat(wire.read(new byte[1], 0, 1)).isEqualTo(-1);
    } catch (IOException e) {
      assertThat(e).isNotNull();
    }
  }

  @Test
  void accept_noCertificate_isRefused() throws Exception {
    try (SSLSocket socket = (SSLSocket) anonymous().getSocketFactory().createSocket()) {
      socket.connect(address());
      socket.setEnabledProtocols(new String[] {PeerTls.PROTOCOL});
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {Dialer.APPLICATION_PROTOCOL});
      socket.setSSLParameters(parameters);
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                socket.getOutputStream().write(new byte[100]);
                if (socket.getInputStream().read() < 0) {
                  throw new IOException("closed");
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertRefused(0);
  }

  @Test
  void accept_olderTls_isRefused() throws Exception {
    try (SSLSocket socket = (SSLSocket) anonymous().getSocketFactory().createSocket()) {
      socket.connect(address());
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
    assertRefused(0);
  }

  @Test
  void accept_anotherApplicationProtocol_isRefused() {
    assertThatThrownBy(() -> dial(friend.key, "http/1.1")).isInstanceOf(SSLException.class);
    assertRefused(0);
  }

  @Test
  void accept_plainHttp_isRefused() throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(address());
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readAllBytes();
      assertThat(new String(answer, StandardCharsets.ISO_8859_1)).doesNotContain("HTTP");
    }
    assertRefused(0);
  }

  @Test
  void accept_connectionThatSaysNothing_isCut() throws Exception {
    restart(Duration.ofMillis(300));
    Logger log = (Logger) LoggerFactory.getLogger("realize.auth");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    log.addAppender(lines);
    try (Socket socket = new Socket()) {
      socket.connect(address());
      assertThat(socket.getInputStream().read()).isNegative();
      String line = "refused 127.0.0.1:" + socket.getLocalPort() + ": no greeting in time";
      await()
          .untilAsserted(() ->
              assertThat(List.copyOf(lines.list))
                  .extracting(ILoggingEvent::getFormattedMessage)
                  .contains(line));
    } finally {
      log.detachAppender(lines);
    }
    assertRefused(0);
  }

  @Test
  void accept_knownPeerThatSaysNothing_isCut() throws Exception {
    restart(Duration.ofMillis(300));
    // On a slow machine the handshake itself may be cut.
    assertThatThrownBy(
            () -> {
              TlsWire wire = dial(friend.key, Dialer.APPLICATION_PROTOCOL);
              if (wire.read(new byte[1], 0, 1) < 0) {
                throw new IOException("closed");
              }
            })
        .isInstanceOf(IOException.class);
    assertRefused(0);
  }

  @Test
  void accept_oversizedFrame_isCutWithTheReason() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    raw.sendBytes((byte) 0, (byte) 4, (byte) 0x7F, (byte) 0, (byte) 0, (byte) 0);
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
  }

  @Test
  void accept_malformedFrame_isCutWithTheReason() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    byte[] noise = new byte[6 + 3];
    noise[1] = 3;
    noise[6] = noise[7] = noise[8] = (byte) 0xFF;
    raw.sendBytes(noise);
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_MALFORMED_FRAME);
  }

  @Test
  void accept_firstFrameNotHello_isCutWithTheReason() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    raw.send(Frame.ping(1));
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME);
  }

  @Test
  void accept_helloOfNoise_isCutWithTheReason() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    raw.send(Frame.hello(org.realize.nima.rpc.wire.Hello.newBuilder().setVersion(1).build()));
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_MALFORMED_FRAME);
  }

  @Test
  void accept_versionZero_isUnsupported() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    raw.send(Frame.hello(org.realize.nima.rpc.wire.Hello.getDefaultInstance()));
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_UNSUPPORTED_VERSION);
  }

  @Test
  void accept_bulkWithoutInteractive_isIncomplete() throws Exception {
    RawPeer raw = friendSpeaksRaw();
    raw.send(hello(Lane.LANE_BULK).frame());
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_PAIR_INCOMPLETE);
  }

  @Test
  void accept_interactiveWithoutBulk_isIncompleteInTime() throws Exception {
    restart(Duration.ofSeconds(4));
    RawPeer raw = friendSpeaksRaw();
    raw.send(hello(Lane.LANE_INTERACTIVE).frame());
    assertThat(raw.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_PAIR_INCOMPLETE);
  }

  /** The two connections of a peer that greets well. */
  private record RawPair(RawPeer interactive, RawPeer bulk) {}

  private RawPair pair() throws IOException {
    RawPeer interactive = friendSpeaksRaw();
    interactive.send(hello(Lane.LANE_INTERACTIVE).frame());
    interactive.next(KindCase.HELLO);
    RawPeer bulk = friendSpeaksRaw();
    bulk.send(hello(Lane.LANE_BULK).frame());
    bulk.next(KindCase.HELLO);
    await().until(() -> node.link(friend).isPresent());
    return new RawPair(interactive, bulk);
  }

  @Test
  void session_stallWithinAFrame_isCutWithTheReason() throws Exception {
    RawPair pair = pair();
    pair.bulk().sendBytes((byte) 0, (byte) 9, (byte) 0);
    assertThat(pair.bulk().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_STALLED);
    assertThat(pair.interactive().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_STALLED);
    await().until(() -> node.link(friend).isEmpty());
  }

  @Test
  void session_silence_isCutWithTheReason() throws Exception {
    RawPair pair = pair();
    assertThat(pair.interactive().goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_SILENT);
    await().until(() -> node.link(friend).isEmpty());
  }

  @Test
  void session_oversizedFrame_isCutWithTheReason() throws Exception {
    RawPair pair = pair();
    pair.interactive().sendBytes((byte) 0xFF, (byte) 0xFF, (byte) 0, (byte) 0, (byte) 0, (byte) 0);
    assertThat(pair.interactive().goodbye().getReason())
        .isEqualTo(GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
    await().until(() -> node.link(friend).isEmpty());
  }

  @Test
  void session_cutConnection_endsThePair() throws Exception {
    TlsWire first = dial(friend.key, Dialer.APPLICATION_PROTOCOL);
    RawPeer interactive = new RawPeer(first, time);
    interactive.send(hello(Lane.LANE_INTERACTIVE).frame());
    interactive.next(KindCase.HELLO);
    RawPeer bulk = friendSpeaksRaw();
    bulk.send(hello(Lane.LANE_BULK).frame());
    await().until(() -> node.link(friend).isPresent());
    first.abort();
    await().until(() -> node.link(friend).isEmpty());
    assertThat(bulk.goodbye().getReason()).isEqualTo(GoodbyeReason.GOODBYE_SHUTDOWN);
  }

  /** The least time of three that the friend takes to be connected anew. */
  private Duration connecting() throws Exception {
    Duration least = Duration.ofMinutes(1);
    for (int i = 0; i < 3; i++) {
      friend.connections().disconnect(node.name);
      await().until(() -> friend.link(node).isEmpty() && node.link(friend).isEmpty());
      long begin = System.nanoTime();
      friend.connections().connect(node.name);
      await().pollInterval(Duration.ofMillis(5)).until(() -> friend.link(node).isPresent());
      Duration time = Duration.ofNanos(System.nanoTime() - begin);
      least = time.compareTo(least) < 0 ? time : least;
    }
    return least;
  }

  /** They say nothing, and are more than the listener takes: whoever greets gets in at once. */
  @Test
  void accept_manyConnectionsOfStrangers_keepNobodyOut() throws Exception {
    List<SocketChannel> idle = new ArrayList<>();
    friend.knows(node, "127.0.0.1:" + node.port()).start();
    Duration alone = connecting();
    try {
      for (int i = 0; i < 300; i++) {
        idle.add(SocketChannel.open(address()));
      }
      assertThat(connecting().minus(alone)).isLessThan(Duration.ofSeconds(1));
    } finally {
      for (SocketChannel channel : idle) {
        channel.close();
      }
    }
  }

  /** A peer that opens one connection after the other is in its own way. */
  @Test
  void accept_manyHalvesOfPairs_ofOnePeer_keepNobodyOut() throws Exception {
    TestNode honest = new TestNode("honest", TestNode.IMPATIENT);
    node.knows(honest);
    long begin = System.nanoTime();
    try {
      List<RawPeer> halves = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        RawPeer raw = friendSpeaksRaw();
        raw.send(hello(Lane.LANE_INTERACTIVE).on(new UUID(9, i), Lane.LANE_INTERACTIVE).frame());
        halves.add(raw);
      }
      honest.knows(node, "127.0.0.1:" + node.port()).start();
      await().until(() -> honest.link(node).isPresent());
      assertThat(halves.getFirst().goodbye().getReason())
          .isEqualTo(GoodbyeReason.GOODBYE_PAIR_INCOMPLETE);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(8));
    } finally {
      honest.close();
    }
  }
}
