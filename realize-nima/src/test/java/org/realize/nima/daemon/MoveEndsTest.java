package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.Role;
import org.realize.nima.control.MoveOrder;
import org.realize.nima.rpc.TestNode;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.RootedPeer;

/** The ends that a user may name, and those that are one place under two names. */
final class MoveEndsTest {
  private static final MoveOrder.Handling MOVE = new MoveOrder.Handling(false, false, false, false);
  private static final MoveOrder.Handling COPY = new MoveOrder.Handling(true, false, false, false);
  private static final MoveOrder.Handling TAKE_OUT =
      new MoveOrder.Handling(false, false, true, false);
  private static final MoveOrder.Handling PURGE = new MoveOrder.Handling(false, false, false, true);

  @TempDir private Path base;
  private final ManualTime time = new ManualTime();
  private final TestNode desk = new TestNode("desk", TestNode.PATIENT);
  private final TestNode nas = new TestNode("nas", TestNode.PATIENT, "127.0.0.1:0");
  private RootedPeer photos;
  private MoveEnds ends;

  @BeforeEach
  void makeNode() throws Exception {
    Files.createDirectories(base.resolve("photos/inside"));
    Files.createDirectories(base.resolve("plain"));
    Files.createSymbolicLink(base.resolve("alias"), base.resolve("photos/inside"));
    String text =
        """
        [node]
        name = "desk"
        state = "%1$s/state"

        [[arena]]
        name = "photos"
        root = "%1$s/photos"
        """
            .formatted(base);
    Files.writeString(base.resolve("realize.toml"), text);
    Configuration configuration = ConfigurationFile.in(base).read();
    photos = new RootedPeer("desk", time, new MemoryDisk(time), RootedPeer.Setup.PLAIN);
    photos.scan();
    desk.movable.serve(TestNode.ARENA, photos.movable());
    ends =
        new MoveEnds(
            () -> configuration,
            () -> desk.peers,
            desk.movable,
            desk.connections(),
            new MemoryGlobalStore(new Random(1)),
            time);
    desk.knows(nas);
  }

  @AfterEach
  void close() {
    desk.connections().close();
    nas.connections().close();
  }

  private MoveOrder order(String source, String target, MoveOrder.Handling handling) {
    return new MoveOrder(
        source.replace("BASE", base.toString()),
        target.replace("BASE", base.toString()),
        List.of(TestNode.ARENA),
        handling,
        new MoveOrder.Carriage(8, MoveOrder.Compress.OFF, null, null, null));
  }

  private void requireRefused(
      String source, String target, MoveOrder.Handling handling, String why) {
    assertThatThrownBy(() -> ends.check(order(source, target, handling)))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining(why);
  }

  @Test
  void check_endsThatCannotBe_saysWhy() {
    requireRefused("desk", "desk", MOVE, "source and target are both 'desk'");
    requireRefused("local:BASE/plain", "local:BASE/plain", MOVE, "are both");
    requireRefused("local:BASE/plain", "local:/elsewhere", MOVE, "one end must be a peer");
    requireRefused("desk", "local:plain", MOVE, "is not local: and an absolute path");
    assertThatThrownBy(() -> ends.check(order("desk", "nobody", MOVE)))
        .isInstanceOf(NotFound.class);
    assertThatCode(() -> ends.check(order("desk", "nas", MOVE))).doesNotThrowAnyException();
  }

  /** What takes a user's files away is only where it means something. */
  @Test
  void check_takeOutAndPurge_areForPlainDirectories() {
    requireRefused("desk", "nas", TAKE_OUT, "--take-out is for a target that is local:/PATH");
    requireRefused("local:BASE/plain", "desk", TAKE_OUT, "--take-out");
    requireRefused("desk", "nas", PURGE, "--purge is for a source that is local:/PATH");
    requireRefused("desk", "local:BASE/plain", PURGE, "--purge");
    assertThatCode(() -> ends.check(order("desk", "local:BASE/plain", TAKE_OUT)))
        .doesNotThrowAnyException();
    assertThatCode(() -> ends.check(order("local:BASE/plain", "desk", PURGE)))
        .doesNotThrowAnyException();
  }

  /** The same files would be found at the target, and given up. */
  @Test
  void check_plainDirectoryThatIsOrHoldsOrLeadsIntoARoot_isRefused() {
    for (String alias : List.of("BASE/photos", "BASE/photos/inside", "BASE", "BASE/alias")) {
      requireRefused("local:" + alias, "desk", MOVE, "contain each other");
      requireRefused("desk", "local:" + alias, MOVE, "contain each other");
    }
    requireRefused("desk", "local:BASE/state/x", MOVE, "contain each other");
  }

  private MoveEnds.Ends open(String source, String target, MoveOrder.Handling handling)
      throws Exception {
    MoveOrder order = order(source, target, handling);
    try (Closing closing = new Closing()) {
      return ends.open(TestNode.ARENA, MoveEnds.MoveRates.of(order, time), closing);
    }
  }

  /** Another node's root, over a network file system or a second mount. */
  @Test
  void open_plainDirectoryThatIsARootOfAnyNode_isRefused() throws Exception {
    Files.createDirectories(base.resolve("plain/.realize"));
    Files.createFile(base.resolve("plain/.realize/id"));
    assertThatThrownBy(() -> open("desk", "local:BASE/plain", MOVE))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("is the root of an arena");
  }

  @Test
  void open_plainTarget_keepsTheSourceUnlessItIsTakenOut() throws Exception {
    assertThat(open("desk", "local:BASE/plain", MOVE).keepsSource()).isTrue();
    assertThat(open("desk", "local:BASE/plain", TAKE_OUT).keepsSource()).isFalse();
    assertThat(open("local:BASE/plain", "desk", MOVE).keepsSource()).isFalse();
    assertThat(open("local:BASE/plain", "desk", COPY).keepsSource()).isTrue();
  }

  @Test
  void open_plainDirectoryOfAnotherMove_isDenied() throws Exception {
    try (LocalRoot _ = LocalRoot.open("other", base.resolve("plain"))) {
      assertThatThrownBy(() -> open("desk", "local:BASE/plain", MOVE))
          .isInstanceOf(Denied.class)
          .hasMessageContaining("another move works on");
    }
  }

  /** Two nodes whose roots have one id are one directory: its only copy would be given up. */
  @Test
  void open_peerWithTheSameRoot_isRefused() throws Exception {
    nas.movable.serve(TestNode.ARENA, photos.movable());
    nas.knows(desk, Optional.empty(), Role.BOTH, List.of(TestNode.ARENA));
    nas.connections().start();
    desk.peers.clear();
    desk.knows(nas, "127.0.0.1:" + nas.port());
    desk.connections().start();
    await().atMost(Duration.ofSeconds(60)).until(() -> desk.link(nas).isPresent());
    assertThatThrownBy(() -> open("desk", "nas", COPY))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("desk and nas reach one and the same directory for arena 'photos'");
  }
}
