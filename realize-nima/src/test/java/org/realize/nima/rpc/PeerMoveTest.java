package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.nima.config.Role;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Pieces;
import org.realize.sync.move.PlainSource;
import org.realize.sync.move.Tally;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.FileStat;
import org.realize.sync.rate.Throttle;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;

/** Files moved to a peer's arena over a real pair of connections. */
final class PeerMoveTest {
  private static final RelativePath PATH = RelativePath.of("d/a:b\\c");
  private static final int MIB = 1 << 20;

  private final MemoryDisk from = new MemoryDisk(new ManualTime());
  private final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);
  private final MoveSource local = new PlainSource("local:/x", from, new ManualTime()).files();
  private final ManualTime time = new ManualTime();
  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas = new TestNode("nas", Limits.DEFAULT, "127.0.0.1:0");
  private final byte[] content = new byte[3 * MIB + 77];
  private RootedPeer arena;

  @BeforeEach
  void connect() throws Exception {
    new SplittableRandom(4).nextBytes(content);
    from.user().createDirectory("d");
    from.user().write(PATH.toString(), content);
    arena = new RootedPeer("nas", time, to, RootedPeer.Setup.PLAIN);
    arena.scan();
    nas.movable.serve(TestNode.ARENA, arena.movable());
    nas.knows(desk, Optional.empty(), Role.BOTH, List.of(TestNode.ARENA));
    nas.connections().start();
    desk.knows(nas, "127.0.0.1:" + nas.port());
    desk.connections().start();
    await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
  }

  @AfterEach
  void close() {
    desk.connections().close();
    nas.connections().close();
  }

  private PeerTarget target(Packing.Mode mode) {
    return desk.connections()
        .moveTarget(nas.name, TestNode.ARENA, new Packing(mode), Throttle.NONE);
  }

  private PeerSource source(Optional<StoreId> target) {
    return desk.connections()
        .moveSource(nas.name, TestNode.ARENA, target, new Packing(Packing.Mode.OFF), Throttle.NONE);
  }

  private MovedFile listed() throws Exception {
    return local.list(Optional.empty(), 10).files().getLast();
  }

  @ParameterizedTest
  @EnumSource(Packing.Mode.class)
  void move_toAPeer_arrivesWhole(Packing.Mode mode) throws Exception {
    Arrays.fill(content, 0, MIB, (byte) 'x');
    from.user().write(PATH.toString(), content);
    try (PeerTarget end = target(mode)) {
      MovedFile listed = listed();
      FileMove.MoveOutcome outcome = new FileMove(local, end, false, new Tally()).copy(listed);
      assertThat(outcome).isEqualTo(FileMove.MoveOutcome.MOVED);
      assertThat(local.drop(List.of(listed))).containsExactly(new DropOutcome.Dropped());
    }
    assertThat(to.user().read(PATH.toString())).isEqualTo(content);
    assertThat(from.stat(PATH)).isEmpty();
  }

  @Test
  void move_halfThereAndSpoiled_isRepairedByDelta() throws Exception {
    Tally tally = new Tally();
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      byte[] spoiled = Arrays.copyOf(content, MIB);
      spoiled[500_000] ^= 1;
      end.send(PATH, 0, spoiled);
      new FileMove(local, end, true, tally).copy(listed());
    }
    assertThat(to.user().read(PATH.toString())).isEqualTo(content);
    assertThat(tally.totals().repairedBytes()).isEqualTo(MIB);
    assertThat(tally.totals().deltaBytes()).isLessThan(16 << 10);
  }

  /** They travel without bytes, and what is listed comes back as it was. */
  @Test
  void move_linkAndDirectory_arriveAsTheyWere() throws Exception {
    from.user().symbolicLink("d/l\u00fc", "../somewhere/\u00e9");
    from.user().createDirectory("e");
    from.user().mode("e", 0510);
    try (PeerTarget end = target(Packing.Mode.OFF);
        PeerSource back = source(Optional.empty())) {
      FileMove move = new FileMove(local, end, true, new Tally());
      List<MovedFile> listed = local.list(Optional.empty(), 10).files();
      for (MovedFile file : listed) {
        if (file.isDirectory()) {
          move.prepare(file);
        }
        move.copy(file);
      }
      assertThat(to.readLink(RelativePath.of("d/l\u00fc"))).isEqualTo("../somewhere/\u00e9");
      assertThat(to.stat(RelativePath.of("e")).orElseThrow().mode()).isEqualTo(0510);
      arena.scan();
      assertThat(back.list(Optional.empty(), 10).files())
          .extracting(MovedFile::path, file -> file.stat().kind(), MovedFile::link)
          .isEqualTo(
              listed.stream()
                  .map(file -> tuple(file.path(), file.stat().kind(), file.link()))
                  .toList());
      MovedFile directory = back.current(RelativePath.of("d")).orElseThrow();
      assertThat(back.drop(List.of(directory))).containsExactly(new DropOutcome.Kept());
    }
  }

  @Test
  void engage_withoutAGrant_isDenied() throws Exception {
    nas.peers.clear();
    nas.knows(desk);
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      assertThatThrownBy(end::engage)
          .isInstanceOf(Denied.class)
          .hasMessageContaining("nas")
          .hasMessageContaining("write");
    }
  }

  @Test
  void send_whatTheRootKeepsForItself_isInvalid() throws Exception {
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      for (String own : List.of(".realize", ".realize/id")) {
        RelativePath path = RelativePath.of(own);
        assertThatThrownBy(() -> end.send(path, 0, new byte[3])).isInstanceOf(Invalid.class);
      }
    }
    assertThat(to.list(RelativePath.ROOT).names()).containsExactly(".realize");
  }

  /** #errormsg: the end that failed is named, with the cause, and it is no network error. */
  @Test
  void send_peerWhoseDiskIsFull_isDiskFullAtThatPeer() throws Exception {
    to.capacity(MIB / 2);
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      assertThatThrownBy(() -> end.send(PATH, 0, new byte[MIB]))
          .isInstanceOf(DiskFull.class)
          .hasMessageStartingWith("nas: write 'd/a:b\\c' at nas: ")
          .hasMessageContaining("no space left");
    }
  }

  @Test
  void send_manyAtOnce_keepsToTheBytesInFlight() throws Exception {
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      end.engage();
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        RelativePath path = RelativePath.of("f" + i);
        senders.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    end.send(path, 0, new byte[MIB]);
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                }));
      }
      for (Thread sender : senders) {
        assertThat(sender.join(Duration.ofSeconds(60))).isTrue();
      }
      FileStat stat = new FileStat(FileStat.Kind.FILE, MIB, 0644, FileTime.EPOCH, 1, 1, 1, 1, 0, 0);
      for (int i = 0; i < 40; i++) {
        MovedFile file = new MovedFile(RelativePath.of("f" + i), stat);
        assertThat(end.progress(file).partialBytes()).isEqualTo(MIB);
      }
    }
  }

  /** The files of the peer travel in pages with the totals of its arena, or one by one. */
  @Test
  void list_ofAPeer_hasFilesAndTotals() throws Exception {
    to.user().write("f", new byte[5]);
    to.user().write("g", new byte[7]);
    arena.scan();
    try (PeerSource end = source(Optional.empty())) {
      MoveSource.Page page = end.list(Optional.empty(), 1);
      assertThat(page.files()).extracting(file -> file.path().toString()).containsExactly("f");
      assertThat(page.totalFiles()).isEqualTo(2);
      assertThat(page.totalBytes()).isEqualTo(12);
      assertThat(end.current(RelativePath.of("g"))).isPresent();
      assertThat(end.current(RelativePath.of("h"))).isEmpty();
    }
  }

  @Test
  void engage_targetThatTheSourceDoesNotReach_isInvalid() throws Exception {
    try (PeerSource end = source(Optional.of(new StoreId(UUID.randomUUID())))) {
      assertThatThrownBy(end::engage)
          .isInstanceOf(Invalid.class)
          .hasMessageContaining("not connected to this node");
    }
  }

  @Test
  void engage_arenaOfAPeer_tellsTheIdOfItsRoot() throws Exception {
    try (PeerSource end = source(Optional.empty())) {
      assertThat(end.engage()).isEqualTo(arena.movable().rootId());
    }
  }

  /** No peer grants a pin, so nothing leaves, and the cause comes back. */
  @Test
  void drop_ofAPeerThatNoPinIsGranted_fails() throws Exception {
    to.user().write("f", new byte[5]);
    arena.scan();
    try (PeerSource end = source(Optional.empty())) {
      List<MovedFile> files = end.list(Optional.empty(), 9).files();
      assertThat(end.drop(files))
          .singleElement()
          .isInstanceOfSatisfying(
              DropOutcome.Failed.class,
              failed ->
                  assertThat(failed.cause())
                      .isInstanceOf(Invalid.class)
                      .hasMessageContaining("nas: drop 'f': 0 of 1 pins"));
    }
    assertThat(to.user().read("f")).hasSize(5);
  }

  /** Bytes that the arena has not indexed cannot be had by asking for them. */
  @Test
  void read_fileThatIsNotIndexed_isGone() throws Exception {
    to.user().write("secret", new byte[5]);
    MovedFile file =
        new MovedFile(RelativePath.of("secret"), to.stat(RelativePath.of("secret")).get());
    try (PeerSource end = source(Optional.empty())) {
      assertThatThrownBy(() -> end.read(file, new ByteRange(0, 5))).isInstanceOf(VersionGone.class);
      assertThatThrownBy(() -> end.hash(file, new ByteRange(0, 5))).isInstanceOf(VersionGone.class);
    }
  }

  @Test
  void call_afterTheConnectionWasLost_engagesAnew() throws Exception {
    try (PeerTarget end = target(Packing.Mode.OFF)) {
      end.engage();
      desk.link(nas).orElseThrow().end("test");
      assertThatThrownBy(() -> end.send(PATH, 0, new byte[3])).isInstanceOf(Unreachable.class);
      await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
      end.send(PATH, 0, Arrays.copyOf(content, 3));
      assertThat(end.hashPartial(PATH, new ByteRange(0, 3))).hasSize(Pieces.HASH_BYTES);
    }
  }
}
