package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Role;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.port.Report;

/** Whole nodes on loopback, over TLS and Helidon. */
@Timeout(60)
class PeerConnectionsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final StoreId STORE = new StoreId(new UUID(1, 2));
  private static final ContentHash HASH = new ContentHash(1, -2, 3, -4);

  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void closeAll() {
    nodes.forEach(TestNode::close);
  }

  private TestNode node(String name, String... listen) {
    TestNode node = new TestNode(name, Limits.DEFAULT, listen);
    nodes.add(node);
    return node;
  }

  private static PeerLink connected(TestNode from, TestNode to) {
    return await().atMost(PATIENCE).until(() -> from.link(to), link -> link.isPresent()).get();
  }

  private static void set(TestNode at, TestNode of, UnaryOperator<PeerSettings> change) {
    at.peers.replaceAll(peer -> peer.name().equals(of.name) ? change.apply(peer) : peer);
    at.connections().reload();
  }

  private static PeerSettings with(PeerSettings peer, Role role, List<HostPort> addresses) {
    return new PeerSettings(
        peer.name(),
        peer.key(),
        addresses,
        peer.arenas(),
        role,
        peer.write(),
        peer.limit(),
        peer.pause());
  }

  @Test
  void settings_addressThatWent_endsThePair_andTheNewOneIsDialledAtOnce() throws Exception {
    Two two = two();
    PeerLink before = connected(two.deaf, two.listening);
    HostPort same = new HostPort("localhost", two.listening.port());

    set(two.deaf, two.listening, peer -> with(peer, peer.role(), List.of(same)));
    await().atMost(PATIENCE).until(() -> !before.connected());
    PeerLink after = connected(two.deaf, two.listening);
    set(
        two.deaf,
        two.listening,
        peer -> with(peer, peer.role(), List.of(same, new HostPort("127.0.0.1", 1))));
    assertThat(two.deaf.link(two.listening)).as("one more changes nothing").contains(after);

    set(two.listening, two.deaf, peer -> with(peer, Role.SEND, peer.addresses()));
    await().atMost(PATIENCE).until(() -> !after.connected());
    assertThat(connected(two.deaf, two.listening)).isNotSameAs(after);
  }

  private static Duration wait(TestNode at, TestNode of, Duration most) throws Exception {
    long start = System.nanoTime();
    at.connections().awaitFirstDials(List.of(of.name), most);
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void awaitFirstDials_peerGreetsLate_endsOnceItIsConnected() throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.helloDelayMillis.set(700);
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();

    wait(deaf, listening, PATIENCE);

    assertThat(deaf.link(listening)).isPresent();
    assertThat(wait(deaf, listening, PATIENCE)).isLessThan(Duration.ofMillis(500));
  }

  /** Who is known to be away costs nobody time, nor does who can only dial. */
  @Test
  void awaitFirstDials_nobodyListens_endsWithTheAttempt_andWaitsForNoOther() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0)) {
      port = closed.getLocalPort();
    }
    TestNode away = node("away");
    TestNode deaf = node("deaf");
    TestNode here = node("here").knows(away, "127.0.0.1:" + port).knows(deaf).start();

    assertThat(wait(here, away, PATIENCE)).isLessThan(Duration.ofSeconds(5));
    assertThat(wait(here, away, PATIENCE)).isLessThan(Duration.ofMillis(500));
    assertThat(wait(here, deaf, PATIENCE)).isLessThan(Duration.ofMillis(500));
  }

  @Test
  void awaitFirstDials_nobodyAnswers_waitsOnceThatLong_andAgainForAnotherAddress()
      throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode here = node("here");
    listening.knows(here).start();
    try (ServerSocket silent = new ServerSocket(0)) {
      here.knows(listening, "127.0.0.1:" + silent.getLocalPort()).start();
      assertThat(wait(here, listening, Duration.ofSeconds(1)))
          .isBetween(Duration.ofMillis(300), Duration.ofSeconds(3));
      assertThat(wait(here, listening, Duration.ofSeconds(1))).isLessThan(Duration.ofMillis(500));

      HostPort right = new HostPort("127.0.0.1", listening.port());
      set(here, listening, peer -> with(peer, peer.role(), List.of(right)));
      wait(here, listening, PATIENCE);
      assertThat(here.link(listening)).isPresent();
    }
  }

  @Test
  void awaitFirstDials_userDisconnects_endsAtOnce_andConnectBeginsAgain() throws Exception {
    TestNode away = node("away");
    TestNode here = node("here");
    try (ServerSocket silent = new ServerSocket(0)) {
      here.knows(away, "127.0.0.1:" + silent.getLocalPort()).start();
      Thread waits =
          Thread.startVirtualThread(() -> {
            try {
              wait(here, away, PATIENCE);
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      here.connections().disconnect(away.name);
      assertThat(waits.join(Duration.ofSeconds(10))).isTrue();
      assertThat(wait(here, away, PATIENCE)).isLessThan(Duration.ofMillis(500));
      here.connections().connect(away.name);
      assertThat(wait(here, away, Duration.ofSeconds(1))).isGreaterThan(Duration.ofMillis(300));
    }
  }

  /** Two nodes of which the second is deaf and dials the first. */
  private record Two(TestNode listening, TestNode deaf) {}

  private Two two() throws RealizeException {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
    connected(listening, deaf);
    connected(deaf, listening);
    return new Two(listening, deaf);
  }

  private static ContentRequest content(long sizeBytes) {
    return new ContentRequest(TestNode.ARENA, HASH, sizeBytes, RelativePath.of("a/b"));
  }

  private static FeedEntry entry(long seq, String path) {
    Version file =
        new Version(
            new Content.File(HASH, 5),
            VersionVector.of(Map.of(STORE, 7L, new StoreId(new UUID(-1, -1)), 8L)),
            new ContentHash(9, 9, 9, 9),
            RelativePath.of("from/here"),
            true);
    Stamp stamp = new Stamp(4, STORE);
    List<Report.Reported> versions =
        List.of(
            new Report.Reported(file, true),
            new Report.Reported(
                Version.of(new Content.Absent(), VersionVector.of(Map.of(STORE, 1L))), false),
            new Report.Reported(
                Version.of(new Content.Directory(), VersionVector.of(Map.of(STORE, 2L))), false),
            new Report.Reported(
                Version.of(new Content.Link("../ü"), VersionVector.of(Map.of(STORE, 3L))), true));
    return new FeedEntry(
        RelativePath.of(path),
        new Report(
            seq,
            new Metadata(0644, stamp, new FileTime(-11_676_096_001L, 999_999_995), stamp),
            versions));
  }

  @Test
  void feed_everyKindOfVersion_arrivesEqualInBothDirections() throws Exception {
    Two two = two();
    for (TestNode server : List.of(two.listening(), two.deaf())) {
      TestNode client = server == two.deaf() ? two.listening() : two.deaf();
      for (int i = 1; i <= 3000; i++) {
        server.service.publish(entry(i, "dir/ü:\\ " + i));
      }
      FeedPage page = connected(client, server).feed(TestNode.ARENA, 5, 2000, Duration.ZERO);
      assertThat(page.headSeq()).isEqualTo(3000);
      assertThat(page.entries()).hasSize(2000);
      assertThat(page.entries().getFirst()).isEqualTo(entry(6, "dir/ü:\\ 6"));
      assertThat(page.entries().getLast()).isEqualTo(entry(2005, "dir/ü:\\ 2005"));
    }
  }

  @Test
  void feed_nothingNew_waitsForTheFirstEntry() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    AtomicReference<@Nullable FeedPage> got = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                got.set(link.feed(TestNode.ARENA, 0, 10, Duration.ofSeconds(60)));
              } catch (RealizeException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    await().until(() -> two.listening().service.waiting() == 1);
    two.listening().service.publish(entry(1, "a"));
    reader.join();
    assertThat(got.get()).isEqualTo(new FeedPage(List.of(entry(1, "a")), 1));
  }

  @Test
  void feed_interruptedCaller_stopsTheWaitAtTheOtherSide() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    CountDownLatch interrupted = new CountDownLatch(1);
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                link.feed(TestNode.ARENA, 0, 10, Duration.ofSeconds(60));
              } catch (InterruptedException e) {
                interrupted.countDown();
              } catch (RealizeException e) {
                throw new AssertionError(e);
              }
            });
    await().until(() -> two.listening().service.waiting() == 1);
    reader.interrupt();
    interrupted.await();
    await().until(() -> two.listening().service.waiting() == 0);
    assertThat(link.connected()).isTrue();
  }

  @Test
  void treeNode_bothDirections_areTheServicesBytes() throws Exception {
    Two two = two();
    byte[] expected = two.deaf().service.treeNode(two.deaf().name, content(1), 2, 3);
    assertThat(connected(two.listening(), two.deaf()).treeNode(content(1), 2, 3, PATIENCE))
        .isEqualTo(expected);
    assertThat(connected(two.deaf(), two.listening()).treeNode(content(1), 2, 3, PATIENCE))
        .isEqualTo(expected);
  }

  @Test
  void diff_bothDirections_areTheServicesBytes() throws Exception {
    Two two = two();
    ByteRange range = new ByteRange(1 << 20, 2 << 20);
    byte[] expected = FakeService.blockBytes(1 << 20, (1 << 20) / 100);
    byte[] signature = new byte[12_297];
    for (PeerLink link :
        List.of(connected(two.listening(), two.deaf()), connected(two.deaf(), two.listening()))) {
      assertThat(link.diffs()).isTrue();
      assertThat(link.diff(content(4 << 20), range, signature, PATIENCE)).isEqualTo(expected);
    }
    PeerLink link = connected(two.deaf(), two.listening());
    ByteRange tooLong = new ByteRange(0, PeerLink.MAX_DIFF_BYTES + 1);
    assertThatThrownBy(() -> link.diff(content(4 << 20), tooLong, signature, PATIENCE))
        .isInstanceOf(RealizeException.Invalid.class);
    assertThat(link.connected()).isTrue();
  }

  @Test
  void blocks_bothDirectionsAndLanes_arriveInOrderToTheShortLast() throws Exception {
    Two two = two();
    long size = 99L * InboundService.BLOCK_BYTES + 77;
    for (PeerLink link :
        List.of(connected(two.listening(), two.deaf()), connected(two.deaf(), two.listening()))) {
      for (int count : new int[] {3, 60}) {
        Map<Long, byte[]> blocks = new HashMap<>();
        link.blocks(
            content(size),
            97,
            count,
            (index, bytes) -> {
              byte[] copy = new byte[bytes.remaining()];
              bytes.get(copy);
              blocks.put(index, copy);
            },
            PATIENCE);
        assertThat(blocks).hasSize(3);
        assertThat(blocks.get(97L)).isEqualTo(FakeService.blockBytes(97, 128 << 10));
        assertThat(blocks.get(99L)).isEqualTo(FakeService.blockBytes(99, 77));
      }
    }
    assertThat(two.listening().service.open() + two.deaf().service.open()).isZero();
  }

  @Test
  void blocks_versionGone_isThatException() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    assertThatThrownBy(() -> link.blocks(content(0), 0, 1, (_, _) -> {}, PATIENCE))
        .isInstanceOf(RealizeException.VersionGone.class);
  }

  @Test
  void blocks_sinkThatFails_cancelsAndTheLinkLives() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    PeerLink.BlockSink failing =
        (_, _) -> {
          throw new RealizeException.Corrupt("block 0: wrong hash");
        };
    assertThatThrownBy(() -> link.blocks(content(1L << 40), 0, 1000, failing, PATIENCE))
        .isInstanceOf(RealizeException.Corrupt.class);
    await().until(() -> two.listening().service.open() == 0);
    assertThat(((ConnectedPeer) link).ping(PATIENCE)).isPositive();
  }

  /** Many streams in bulk do not hold up what somebody waits for. */
  @Test
  void ping_besideThreeBulkStreams_isAnswered() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    AtomicBoolean stop = new AtomicBoolean();
    PeerLink.BlockSink sink =
        (_, _) -> {
          if (stop.get()) {
            throw new RealizeException.Unreachable("enough");
          }
        };
    List<Thread> streams = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      streams.add(
          Thread.ofVirtual()
              .start(() ->
                  assertThatThrownBy(
                          () -> link.blocks(content(1L << 40), 0, 60_000, sink, PATIENCE))
                      .isInstanceOf(RealizeException.Unreachable.class)));
    }
    await().until(() -> two.listening().service.open() == 3);
    for (int i = 0; i < 200; i++) {
      assertThat(((ConnectedPeer) link).ping(PATIENCE)).isLessThan(PATIENCE);
    }
    stop.set(true);
    for (Thread stream : streams) {
      stream.join();
    }
    await().until(() -> two.listening().service.open() == 0);
  }

  /** Both dial in the same moment, again and again: one pair comes out, and it lasts. */
  @Test
  void start_bothSidesDial_settleOnOnePair() throws Exception {
    for (int round = 0; round < 5; round++) {
      TestNode a = node("a", "127.0.0.1:0");
      TestNode b = node("b", "127.0.0.1:0");
      a.start();
      b.start();
      a.knows(b, "127.0.0.1:" + b.port());
      b.knows(a, "127.0.0.1:" + a.port());
      await()
          .atMost(PATIENCE)
          .ignoreException(RealizeException.Unreachable.class)
          .until(() -> onePairWorks(a, b));
      a.close();
      b.close();
    }
  }

  /** Both hold the same pair, and it lasts while they talk; a later dial may still replace it. */
  private static boolean onePairWorks(TestNode a, TestNode b) throws Exception {
    Optional<PeerLink> fromA = a.link(b);
    Optional<PeerLink> fromB = b.link(a);
    if (fromA.isEmpty() || fromB.isEmpty()) {
      return false;
    }
    for (int i = 0; i < 50; i++) {
      ((ConnectedPeer) fromA.get()).ping(PATIENCE);
      ((ConnectedPeer) fromB.get()).ping(PATIENCE);
    }
    UUID pair = ((ConnectedPeer) fromA.get()).pair();
    return pair.equals(((ConnectedPeer) fromB.get()).pair()) && a.settled() && b.settled();
  }

  @Test
  void start_hostNameThatListensOnOneFamilyOnly_isReached() throws Exception {
    for (String listen : List.of("127.0.0.1:0", "[::1]:0")) {
      TestNode listening = node("listening", listen);
      TestNode deaf = node("deaf");
      listening.knows(deaf).start();
      deaf.knows(listening, "localhost:" + listening.port()).start();
      connected(deaf, listening);
    }
  }

  @Test
  void start_oneOfSeveralAddressesIsRight_isReached() throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode stranger = node("stranger", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.knows(deaf).start();
    stranger.knows(deaf).start();
    deaf.knows(stranger);
    deaf.knows(
            listening,
            "127.0.0.1:" + closedPort(),
            "no-such-host.invalid:9771",
            "127.0.0.1:" + stranger.port(),
            "127.0.0.1:" + listening.port())
        .start();
    connected(deaf, listening);
    assertThat(deaf.link(stranger)).isEmpty();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void status_peerThatCannotBeReached_saysWhy() throws Exception {
    TestNode deaf = node("deaf");
    TestNode gone = node("gone");
    deaf.knows(gone, "127.0.0.1:" + closedPort()).start();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(deaf.state(gone))
                .isInstanceOfSatisfying(
                    PeerState.Waiting.class,
                    waiting ->
                        assertThat(waiting.lastError())
                            .contains("connect to gone: 127.0.0.1:")
                            .contains("Connection refused")));
  }

  @Test
  void status_peerThatDoesNotGreet_saysSo() throws Exception {
    TestNode silent = new TestNode("silent", TestNode.IMPATIENT, "127.0.0.1:0");
    nodes.add(silent);
    TestNode caller = new TestNode("caller", TestNode.limits(Duration.ofMillis(300)));
    nodes.add(caller);
    silent.helloDelayMillis.set(2_000);
    silent.knows(caller).start();
    caller.knows(silent, "127.0.0.1:" + silent.port()).start();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(caller.state(silent))
                .isInstanceOfSatisfying(
                    PeerState.Waiting.class,
                    waiting ->
                        assertThat(waiting.lastError())
                            .contains(
                                "connect to silent: no answer from %s in time"
                                    .formatted("127.0.0.1:" + silent.port()))));
  }

  @Test
  void links_peerThatRestarts_areMadeAnew() throws Exception {
    Two two = two();
    PeerLink before = connected(two.listening(), two.deaf());
    two.deaf().restart();
    await().atMost(PATIENCE).until(() -> !before.connected());
    await()
        .atMost(PATIENCE)
        .until(() -> two.listening().link(two.deaf()).filter(l -> !l.equals(before)).isPresent());
    assertThat(two.listening().events)
        .startsWith("connected deaf", "disconnected deaf: peer said shutdown: this node stops");
  }

  @Test
  void disconnect_untilConnect_staysAway() throws Exception {
    Two two = two();
    PeerLink link = connected(two.deaf(), two.listening());
    two.deaf().connections().disconnect(two.listening().name);
    assertThat(two.deaf().state(two.listening())).isNotInstanceOf(PeerState.Dialling.class);
    await().until(() -> !link.connected());
    await()
        .untilAsserted(() ->
            assertThat(two.deaf().state(two.listening())).isEqualTo(new PeerState.Disconnected()));
    assertThatThrownBy(() -> link.feed(TestNode.ARENA, 0, 1, Duration.ZERO))
        .isInstanceOf(RealizeException.Unreachable.class);

    two.deaf().connections().connect(two.listening().name);
    connected(two.deaf(), two.listening());
  }

  @Test
  void reload_peerRemovedFromTheConfiguration_isCutAndRefused() throws Exception {
    Two two = two();
    PeerLink link = connected(two.listening(), two.deaf());
    two.listening().peers.clear();
    two.listening().connections().reload();
    await().atMost(PATIENCE).until(() -> !link.connected());
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(two.deaf().state(two.listening()))
                .isNotInstanceOf(PeerState.Connected.class));
    assertThat(two.listening().connections().refused()).isZero();
    two.deaf().connections().connect(two.listening().name);
    await().atMost(PATIENCE).until(() -> two.listening().connections().refused() > 0);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(two.deaf().state(two.listening()))
                .isInstanceOfSatisfying(
                    PeerState.Waiting.class,
                    state -> assertThat(state.lastError()).contains("our key was refused")));
    assertThat(two.listening().connections().links()).isEmpty();
  }

  @Test
  void feed_arenaOrRoleNotShared_isDenied() throws Exception {
    ArenaName other = new ArenaName("other");
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.knows(deaf, Optional.of(List.of(TestNode.ARENA)), Role.RECEIVE).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();

    PeerLink toListening = connected(deaf, listening);
    assertThat(toListening.feed(TestNode.ARENA, 0, 1, Duration.ZERO).entries()).isEmpty();
    assertThatThrownBy(() -> toListening.feed(other, 0, 1, Duration.ZERO))
        .isInstanceOf(RealizeException.Denied.class)
        .hasMessageContaining("other");
    // A peer that only receives is not asked.
    PeerLink toDeaf = connected(listening, deaf);
    assertThatThrownBy(() -> toDeaf.feed(TestNode.ARENA, 0, 1, Duration.ZERO))
        .isInstanceOf(RealizeException.Denied.class);
  }

  @Test
  void feed_peerThatOnlySends_mayNotAsk() throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.knows(deaf, Optional.empty(), Role.SEND).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();

    PeerLink toListening = connected(deaf, listening);
    assertThatThrownBy(() -> toListening.feed(TestNode.ARENA, 0, 1, Duration.ZERO))
        .isInstanceOf(RealizeException.Denied.class);
    assertThatThrownBy(() -> toListening.blocks(content(9), 0, 1, (_, _) -> {}, PATIENCE))
        .isInstanceOf(RealizeException.Denied.class);
    assertThatThrownBy(() -> toListening.treeNode(content(9), 1, 0, PATIENCE))
        .isInstanceOf(RealizeException.Denied.class);
    assertThat(connected(listening, deaf).feed(TestNode.ARENA, 0, 1, Duration.ZERO).entries())
        .isEmpty();
  }

  @Test
  void start_storeThatTheJudgeRefuses_saysWhyOnBothSides() throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.verdict.set(new HelloJudge.Verdict.Refuse("two machines use this key"));
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(deaf.state(listening))
                .isInstanceOfSatisfying(
                    PeerState.Waiting.class,
                    waiting -> {
                      assertThat(waiting.lastError()).contains("two machines use this key");
                      assertThat(waiting.delay()).isGreaterThan(Duration.ofSeconds(10));
                    }));
    assertThat(listening.connections().links()).isEmpty();
  }

  /** It only dials, so no Hello but the answer to its own reaches it. */
  @Test
  void start_deafMachineWithAnIdentityThatItLeft_isToldSoBeforeItIsRefused() throws Exception {
    TestNode listening = node("listening", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    listening.verdict.set(new HelloJudge.Verdict.Returned("it left that identity"));
    deaf.verdict.set(new HelloJudge.Verdict.Renewed("told of a later identity"));
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(deaf.state(listening))
                .isInstanceOfSatisfying(
                    PeerState.Waiting.class,
                    waiting ->
                        assertThat(waiting.lastError()).contains("told of a later identity")));
    deaf.verdict.set(new HelloJudge.Verdict.Accept());
    listening.verdict.set(new HelloJudge.Verdict.Accept());
    await().atMost(PATIENCE).until(() -> listening.connections().links().size() == 1);
  }

  @Test
  void start_addressInUse_failsWithTheAddress() throws Exception {
    TestNode first = node("first", "127.0.0.1:0").start();
    TestNode second = node("second", "127.0.0.1:" + first.port());
    assertThatThrownBy(second::start)
        .isInstanceOf(RealizeException.Unreachable.class)
        .hasMessageContaining("listen on 127.0.0.1:" + first.port());
  }

  @Test
  void feed_moreEntriesThanWereAskedFor_endTheConnection() throws Exception {
    Two two = two();
    for (int i = 1; i <= 300; i++) {
      two.listening().service.publish(entry(i, "f" + i));
    }
    two.listening().service.ignoreMax();
    PeerLink link = connected(two.deaf(), two.listening());

    assertThatThrownBy(() -> link.feed(TestNode.ARENA, 0, 100, Duration.ZERO))
        .isInstanceOf(RealizeException.ProtocolBroken.class)
        .hasMessageContaining("300 entries");
    await().until(() -> !link.connected());
  }

  @Test
  void feed_moreBytesThanAPageHas_endTheConnection() throws Exception {
    Two two = two();
    for (int i = 1; i <= 250; i++) {
      two.listening().service.publish(large(i, 40 << 10));
    }
    PeerLink link = connected(two.deaf(), two.listening());

    assertThat(link.feed(TestNode.ARENA, 0, 100, Duration.ZERO).entries()).hasSize(100);
    assertThatThrownBy(() -> link.feed(TestNode.ARENA, 0, 250, Duration.ZERO))
        .isInstanceOf(RealizeException.ProtocolBroken.class)
        .hasMessageContaining("bytes");
    await().until(() -> !link.connected());
  }

  private static FeedEntry large(long seq, int bytes) {
    Report report = entry(seq, "f" + seq).report();
    Content link = new Content.Link("x".repeat(bytes));
    Version version = Version.of(link, VersionVector.of(Map.of(STORE, seq)));
    List<Report.Reported> versions = List.of(new Report.Reported(version, true));
    return new FeedEntry(RelativePath.of("f" + seq), new Report(seq, report.metadata(), versions));
  }

  @Test
  void feed_callerTakesNothing_holdsAFewPagesAtOnce() throws Exception {
    Two two = two();
    for (int i = 1; i <= 40; i++) {
      two.listening().service.publish(large(i, 40 << 10));
    }
    PeerLink link = connected(two.deaf(), two.listening());
    List<Thread> callers = new ArrayList<>();
    AtomicInteger answered = new AtomicInteger();
    for (int i = 0; i < 40; i++) {
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  link.feed(TestNode.ARENA, 0, 40, Duration.ZERO);
                  answered.incrementAndGet();
                } catch (RealizeException | InterruptedException e) {
                  // counted by its absence
                }
              }));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(answered).hasValue(40);
  }
}
