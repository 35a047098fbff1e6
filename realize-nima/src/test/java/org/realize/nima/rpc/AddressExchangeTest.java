package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Role;
import org.realize.nima.discovery.AddressBook;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.port.PeerLink;

/** Whole nodes on loopback that remember what they say to each other. */
@Timeout(120)
class AddressExchangeTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path states;
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private TestNode node(String name, String... listen) throws Exception {
    AddressBook book =
        AddressBook.open(Files.createDirectory(states.resolve(name)), new SystemTimeSource());
    open.add(book);
    TestNode node = new TestNode(name, Limits.DEFAULT, listen);
    node.addresses = book;
    open.add(node::close);
    return node;
  }

  private static PeerLink connected(TestNode from, TestNode to) {
    return await().atMost(PATIENCE).until(() -> from.link(to), Optional::isPresent).get();
  }

  private static List<HostPort> heard(TestNode at, TestNode of) {
    return at.connections().heardAddresses(of.publicKey());
  }

  private static void forgetConfigured(TestNode at, TestNode of) {
    at.peers.replaceAll(peer -> peer.name().equals(of.name) ? without(peer) : peer);
    at.connections().reload();
  }

  private static PeerSettings without(PeerSettings peer) {
    return new PeerSettings(
        peer.name(),
        peer.key(),
        List.of(),
        peer.arenas(),
        peer.role(),
        peer.write(),
        peer.limit(),
        peer.pause());
  }

  @Test
  void connected_bothHearWhereTheOtherListens_andDialEachOtherThere() throws Exception {
    TestNode a = node("a", "127.0.0.1:0");
    TestNode b = node("b", "127.0.0.1:0");
    a.knows(b).start();
    b.knows(a, "127.0.0.1:" + a.port()).start();
    PeerLink before = connected(b, a);
    await().atMost(PATIENCE).until(() -> !heard(a, b).isEmpty() && !heard(b, a).isEmpty());
    assertThat(heard(a, b)).containsExactly(new HostPort("127.0.0.1", b.port()));
    assertThat(heard(b, a)).containsExactly(new HostPort("127.0.0.1", a.port()));

    forgetConfigured(b, a);
    await().atMost(PATIENCE).until(() -> !before.connected());
    connected(b, a);
    connected(a, b);
  }

  @Test
  void said_aStrangersAddress_isDialledWithThePinnedKeyOnly_andTheRightOneIsReached()
      throws Exception {
    TestNode stranger = node("stranger", "127.0.0.1:0").start();
    TestNode b = node("b", "127.0.0.1:0");
    TestNode a = node("a");
    a.knows(b);
    b.knows(a).start();
    String right = "127.0.0.1:" + b.port();
    List<String> claims = List.of("127.0.0.1:" + stranger.port(), "10.255.255.1:1", right);
    a.addresses.said(a.peers.getFirst(), "127.0.0.1", claims);

    a.start();

    connected(a, b);
    assertThat(a.peers.getFirst().addresses()).isEmpty();
    assertThat(stranger.events).isEmpty();
  }

  @Test
  void connected_deafPeer_isHeardNowhere_andStaysAwaited() throws Exception {
    TestNode a = node("a", "127.0.0.1:0");
    TestNode deaf = node("deaf");
    a.knows(deaf, Optional.empty(), Role.BOTH).start();
    deaf.knows(a, "127.0.0.1:" + a.port()).start();
    connected(a, deaf);
    await().atMost(PATIENCE).until(() -> !heard(deaf, a).isEmpty());
    assertThat(heard(a, deaf)).isEmpty();
    deaf.close();
    await().atMost(PATIENCE).until(() -> a.state(deaf) instanceof PeerState.Awaited);
  }
}
