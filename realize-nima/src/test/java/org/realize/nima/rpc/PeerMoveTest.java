package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.ArenaFiles;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.RootFiles;
import org.realize.sync.move.Tally;
import org.realize.sync.rate.Throttle;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** Files moved to a peer's arena over a real pair of connections. */
final class PeerMoveTest {
  private static final RelativePath PATH = RelativePath.of("d/a:b\\c");
  private static final int MIB = 1 << 20;

  private final MemoryDisk from = new MemoryDisk(new ManualTime());
  private final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);
  private final RootFiles local = new RootFiles("local:/x", from);
  private final TestNode desk = new TestNode("desk", Limits.DEFAULT);
  private final TestNode nas = new TestNode("nas", Limits.DEFAULT, "127.0.0.1:0");
  private final byte[] content = new byte[3 * MIB + 77];

  @BeforeEach
  void connect() throws Exception {
    new SplittableRandom(4).nextBytes(content);
    from.user().createDirectory("d");
    from.user().write(PATH.toString(), content);
    MemoryGlobalStore global = new MemoryGlobalStore(new SplittableRandom(1));
    ArenaFiles files = new ArenaFiles("nas", to, global.arena(TestNode.ARENA), () -> {});
    nas.movable.serve(TestNode.ARENA, files);
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

  private PeerEnd end(MoveEnd.Role role, Packing.Mode mode) {
    return desk.connections()
        .moveEnd(nas.name, TestNode.ARENA, role, new Packing(mode), Throttle.NONE);
  }

  private MovedFile listed() throws Exception {
    return local.list(Optional.empty(), 10).getFirst();
  }

  @ParameterizedTest
  @EnumSource(Packing.Mode.class)
  void move_toAPeer_arrivesWhole(Packing.Mode mode) throws Exception {
    Arrays.fill(content, 0, MIB, (byte) 'x');
    from.user().write(PATH.toString(), content);
    try (PeerEnd end = end(MoveEnd.Role.TARGET, mode)) {
      FileMove.Outcome outcome = new FileMove(local, end, false, new Tally()).move(listed());
      assertThat(outcome).isEqualTo(FileMove.Outcome.MOVED);
    }
    assertThat(to.user().read(PATH.toString())).isEqualTo(content);
    assertThat(from.stat(PATH)).isEmpty();
  }

  @Test
  void move_halfThereAndSpoiled_isRepairedByDelta() throws Exception {
    Tally tally = new Tally();
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
      byte[] spoiled = Arrays.copyOf(content, MIB);
      spoiled[500_000] ^= 1;
      end.send(PATH, 0, spoiled);
      new FileMove(local, end, true, tally).move(listed());
    }
    assertThat(to.user().read(PATH.toString())).isEqualTo(content);
    assertThat(tally.repairedBytes()).isEqualTo(MIB);
    assertThat(tally.deltaBytes()).isLessThan(16 << 10);
  }

  @Test
  void engage_withoutAGrant_isDenied() throws Exception {
    nas.peers.clear();
    nas.knows(desk);
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
      assertThatThrownBy(end::engage)
          .isInstanceOf(Denied.class)
          .hasMessageContaining("nas")
          .hasMessageContaining("write");
    }
  }

  @Test
  void send_whatTheRootKeepsForItself_isInvalid() throws Exception {
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
      for (String own : List.of(".realize", ".realize/id")) {
        RelativePath path = RelativePath.of(own);
        assertThatThrownBy(() -> end.send(path, 0, new byte[3])).isInstanceOf(Invalid.class);
      }
    }
    assertThat(to.list(RelativePath.ROOT).names()).isEmpty();
  }

  /** #errormsg: the end that failed is named, with the cause, and it is no network error. */
  @Test
  void send_peerWhoseDiskIsFull_isDiskFullAtThatPeer() throws Exception {
    to.capacity(MIB / 2);
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
      assertThatThrownBy(() -> end.send(PATH, 0, new byte[MIB]))
          .isInstanceOf(DiskFull.class)
          .hasMessageStartingWith("nas: write 'd/a:b\\c' at nas: ")
          .hasMessageContaining("no space left");
    }
  }

  @Test
  void send_manyAtOnce_keepsToTheBytesInFlight() throws Exception {
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
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
      for (int i = 0; i < 40; i++) {
        assertThat(end.progress(RelativePath.of("f" + i)).partialBytes()).isEqualTo(MIB);
      }
    }
  }

  /** What was compared under an engagement that is over does not count. */
  @Test
  void delete_underAnEngagementThatIsOver_isRefused() throws Exception {
    try (PeerEnd end = end(MoveEnd.Role.SOURCE, Packing.Mode.OFF)) {
      to.user().write("f", new byte[5]);
      MovedFile file = new MovedFile(RelativePath.of("f"), to.stat(RelativePath.of("f")).get());
      UUID first = end.engage();
      nas.movable.release(first, "peer desk");
      assertThatThrownBy(() -> end.delete(file, first)).isInstanceOf(Unreachable.class);
      assertThat(end.engage()).isNotEqualTo(first);
      assertThat(to.user().read("f")).hasSize(5);
    }
  }

  @Test
  void call_afterTheConnectionWasLost_engagesAnew() throws Exception {
    try (PeerEnd end = end(MoveEnd.Role.TARGET, Packing.Mode.OFF)) {
      UUID first = end.engage();
      desk.link(nas).orElseThrow().end("test");
      assertThatThrownBy(() -> end.send(PATH, 0, new byte[3])).isInstanceOf(Unreachable.class);
      await().atMost(Duration.ofSeconds(30)).until(() -> desk.link(nas).isPresent());
      end.send(PATH, 0, Arrays.copyOf(content, 3));
      assertThat(end.engage()).isNotEqualTo(first);
      assertThat(end.hashPartial(PATH, new ByteRange(0, 3))).hasSize(MoveEnd.HASH_BYTES);
    }
  }
}
