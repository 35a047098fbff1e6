package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Trash;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.PeerRules;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.RootedPeer.Setup;

/** Files moved from arena to arena, each with its real index, grantor and gate. */
final class ArenaMoveTest {
  private static final RelativePath RAW = RelativePath.of("shot.raw");

  private final ManualTime time = new ManualTime();
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());
  private RootedPeer nas;
  private RootedPeer lap;

  @BeforeEach
  void makePeers() throws Exception {
    nas = peer("nas", Setup.PLAIN);
    lap = peer("lap", new Setup(Mark.OWN, List.of("*.raw"), 1));
    RootedPeer.connect(nas, lap);
    for (int i = 0; i < 30; i++) {
      write(nas, "f" + i, "content " + i);
    }
    write(nas, RAW.toString(), "of the camera");
    nas.scan();
  }

  private RootedPeer peer(String name, Setup setup) throws Exception {
    RootedPeer peer =
        new RootedPeer(name, time, new MemoryDisk(time, 1L << 40, name.hashCode()), setup);
    peer.scan();
    return peer;
  }

  private static void write(RootedPeer peer, String path, String text) throws Exception {
    peer.disk().user().write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Time in which a mover's wait lets the target's watcher look at its root, which takes a while;
   * files that wait at once wait through one look.
   */
  private final class WatchedTime implements TimeSource {
    @Override
    public long unixMillis() {
      return time.unixMillis();
    }

    @Override
    public long monotonicNanos() {
      return time.monotonicNanos();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
      long untilNanos = time.monotonicNanos() + duration.toNanos();
      try {
        synchronized (this) {
          while (time.monotonicNanos() < untilNanos) {
            lap.scan();
          }
        }
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private final class Told implements Mover.MoveListener {
    @Override
    public void moved(MovedFile file, FileMove.MoveOutcome outcome) {
      told.add("moved " + file.path());
    }

    @Override
    public void retrying(MovedFile file, RealizeException cause, Duration delay) {
      told.add("retrying " + file.path());
    }

    @Override
    public void failed(MovedFile file, RealizeException cause) {
      told.add(file.path() + ": " + cause.oneLine());
    }
  }

  private MoveSource source() {
    return nas.movable().source(Optional.of(lap.global().identity().store()));
  }

  private int move() throws Exception {
    FileMove move = new FileMove(source(), lap.movable().target(), false, new Tally());
    Mover.Settings settings = new Mover.Settings(8, Duration.ofHours(1));
    return new Mover(move, settings, new Told(), new WatchedTime(), new SplittableRandom(1)).run();
  }

  /** An ignored name at the target would belong to nobody. */
  @Test
  void run_nameThatTheTargetIgnores_isRefusedBeforeAnyByteMoves() throws Exception {
    assertThat(move()).isEqualTo(1);
    assertThat(told).hasSize(31).contains("shot.raw: move 'shot.raw' to lap: it ignores the name");
    assertThat(nas.disk().user().read(RAW.toString())).isNotEmpty();
    assertThat(nas.disk().list(RelativePath.ROOT).names())
        .containsExactlyInAnyOrder(".realize", "shot.raw");
    assertThat(lap.disk().stat(RAW)).isEmpty();
    assertThat(lap.disk().list(RelativePath.of(".realize/partial")).names()).isEmpty();
    assertThat(lap.pins().pins()).isEmpty();
    for (int i = 0; i < 30; i++) {
      RelativePath path = RelativePath.of("f" + i);
      assertThat(new String(lap.disk().user().read("f" + i), StandardCharsets.UTF_8))
          .isEqualTo("content " + i);
      assertThat(lap.state(path).realStat()).isNotNull();
      assertThat(nas.state(path).realStat()).isNull();
      assertThat(nas.state(path).shown().isTombstone()).isFalse();
    }
  }

  /** The target pins them like files, and no peer takes it for a removal. */
  @Test
  void run_linksAndDirectories_areDroppedAndHeldByTheTarget() throws Exception {
    nas.disk().user().createDirectory("d");
    nas.disk().user().createDirectory("d/empty");
    nas.disk().user().mode("d/empty", 0710);
    nas.disk().user().symbolicLink("d/l", "f");
    write(nas, "d/f", "bytes");
    nas.scan();
    assertThat(move()).as("%s", told).isEqualTo(1);
    assertThat(nas.disk().stat(RelativePath.of("d"))).isEmpty();
    assertThat(lap.disk().readLink(RelativePath.of("d/l"))).isEqualTo("f");
    for (String name : List.of("d", "d/empty", "d/l", "d/f")) {
      RelativePath path = RelativePath.of(name);
      assertThat(lap.state(path).realStat()).as(name).isNotNull();
      assertThat(nas.state(path).realStat()).as(name).isNull();
      assertThat(nas.state(path).shown().isTombstone()).as(name).isFalse();
      assertThat(lap.state(path).shown().content()).isEqualTo(nas.state(path).shown().content());
    }
    assertThat(lap.disk().stat(RelativePath.of("d/empty")).orElseThrow().mode()).isEqualTo(0710);
    assertThat(lap.pins().pins()).isEmpty();
  }

  /** A directory that a user fills while its pin is asked for stays. */
  @Test
  void drop_directoryThatIsFilledMeanwhile_stays() throws Exception {
    nas.disk().user().createDirectory("d");
    nas.scan();
    MovedFile listed = source().current(RelativePath.of("d")).orElseThrow();
    write(nas, "d/new", "bytes");
    assertThat(source().drop(List.of(listed))).containsExactly(new DropOutcome.Kept());
    assertThat(new String(nas.disk().user().read("d/new"), StandardCharsets.UTF_8))
        .isEqualTo("bytes");
  }

  /** What one peer has is, to the index of the other, what that one has. */
  private static void give(RootedPeer from, RootedPeer to) throws Exception {
    Version version = from.state(F0).shown();
    to.store()
        .write(writer -> {
          PathState state = writer.path(F0).orElseThrow();
          RealVersion real = Objects.requireNonNull(state.real());
          RealVersion same = new RealVersion(version, real.stat(), real.hashedAtNanos());
          writer.put(state.withShown(version).withReal(same));
        });
  }

  private void makeOlder() throws Exception {
    write(lap, "f0", "content 0");
    lap.scan();
    give(nas, lap);
  }

  private void edit() throws Exception {
    write(nas, "f0", "edited");
    nas.scan();
  }

  /** The target hears of what the source has. */
  private void hear() throws Exception {
    StoreId from = nas.global().identity().store();
    Report report = AnnounceRules.report(nas.state(F0), _ -> false);
    lap.store()
        .write(writer -> {
          PathState state = writer.path(F0).orElseThrow();
          writer.put(PeerRules.judged(state.withReport(from, report), Set.of()));
        });
  }

  private void makeReplacement() throws Exception {
    makeOlder();
    edit();
    hear();
  }

  private static final RelativePath F0 = RelativePath.of("f0");

  private String textAt(RootedPeer peer) throws Exception {
    return new String(peer.disk().user().read("f0"), StandardCharsets.UTF_8);
  }

  private List<String> trashed() throws Exception {
    List<String> found = new ArrayList<>();
    if (lap.disk().stat(Trash.DIRECTORY).isPresent()) {
      for (String id : lap.disk().list(Trash.DIRECTORY).names()) {
        RelativePath file = RelativePath.of(Trash.DIRECTORY + "/" + id + "/f0");
        if (!id.contains(".") && lap.disk().stat(file).isPresent()) {
          found.add(new String(lap.disk().user().read(file.toString()), StandardCharsets.UTF_8));
        }
      }
    }
    return found;
  }

  @Test
  void run_olderVersionAtTheTarget_goesToItsTrash() throws Exception {
    makeReplacement();
    assertThat(move()).isEqualTo(1);
    assertThat(told).contains("moved f0");
    assertThat(textAt(lap)).isEqualTo("edited");
    assertThat(trashed()).containsExactly("content 0");
    assertThat(nas.disk().stat(F0)).isEmpty();
    PathState state = lap.state(F0);
    assertThat(Objects.requireNonNull(state.real()).version().content())
        .isEqualTo(state.shown().content());
    assertThat(lap.disk().list(RelativePath.of(".realize/partial")).names()).isEmpty();
  }

  private void requireBothLeft(String there) throws Exception {
    assertThat(move()).isEqualTo(2);
    assertThat(told)
        .contains(
            "f0: move 'f0' from nas: a different file is at lap, and no older version of it; both"
                + " are left");
    assertThat(textAt(lap)).isEqualTo(there);
    assertThat(textAt(nas)).isEqualTo("edited");
    assertThat(trashed()).isEmpty();
  }

  @Test
  void run_targetHasNotHeardOfTheVersion_leavesBoth() throws Exception {
    makeOlder();
    edit();
    requireBothLeft("content 0");
  }

  @Test
  void run_concurrentVersions_leavesBothAndNamesTheEnds() throws Exception {
    write(lap, "f0", "of lap");
    lap.scan();
    edit();
    hear();
    requireBothLeft("of lap");
  }

  @Test
  void run_newerVersionAtTheTarget_leavesBoth() throws Exception {
    makeOlder();
    edit();
    write(lap, "f0", "content 0");
    lap.scan();
    give(nas, lap);
    write(lap, "f0", "newer");
    lap.scan();
    hear();
    assertThat(move()).isEqualTo(2);
    assertThat(textAt(lap)).isEqualTo("newer");
    assertThat(textAt(nas)).isEqualTo("edited");
  }

  /** What a peer gave its own up for stays. */
  @Test
  void run_olderVersionIsPinned_leavesBoth() throws Exception {
    makeOlder();
    PinRequest.Pinned pinned = new PinRequest.Pinned(F0, lap.state(F0).realContent(), 1);
    PinRequest request = new PinRequest(PinRequest.PinStep.PIN, new UUID(7, 7), List.of(pinned));
    assertThat(lap.pins().answer(new StoreId(new UUID(7, 8)), request))
        .containsExactly(new PinAnswer.Granted());
    give(lap, nas);
    edit();
    hear();
    requireBothLeft("content 0");
  }

  @Test
  void run_olderVersionIsOpen_leavesBoth() throws Exception {
    makeReplacement();
    try (var _ = lap.disk().user().open("f0")) {
      assertThat(move()).isEqualTo(2);
    }
    assertThat(told).contains("f0: replace 'f0' at lap: a program has it open; it is left");
    assertThat(textAt(lap)).isEqualTo("content 0");
    assertThat(textAt(nas)).isEqualTo("edited");
    assertThat(move()).isEqualTo(1);
    assertThat(textAt(lap)).isEqualTo("edited");
  }

  /**
   * Killed or without power after any effect: one of the two is there, and the other one is not
   * lost.
   */
  @Test
  void run_stoppedWhileItReplaces_hasTheOldOrTheNewOne() throws Exception {
    for (boolean cut : new boolean[] {false, true}) {
      boolean isStopped = true;
      for (int effects = 0; isStopped; effects++) {
        makePeers();
        makeReplacement();
        nas.disk().forceAll();
        lap.disk().forceAll();
        MovedFile listed = source().current(F0).orElseThrow();
        FileMove copy = new FileMove(source(), lap.movable().target(), true, new Tally());
        String when = "%s after %d".formatted(cut ? "cut" : "killed", effects);
        lap.disk().powerOffAfter(effects);
        isStopped = false;
        try {
          copy.copy(listed);
        } catch (RealizeException e) {
          isStopped = true;
        }
        if (cut) {
          lap.disk().powerCut(new SplittableRandom(effects));
        } else {
          lap.disk().kill();
        }
        lap.restart();
        lap.scan();
        String now = textAt(lap);
        assertThat(now).as(when).isIn("content 0", "edited");
        if (now.equals("edited")) {
          assertThat(trashed()).as(when).containsExactly("content 0");
        }
        assertThat(Judgement.alternatives(lap.state(F0))).as(when).isEmpty();
        new FileMove(source(), lap.movable().target(), true, new Tally()).copy(listed);
        assertThat(textAt(lap)).as(when).isEqualTo("edited");
      }
    }
  }

  private MovedFile file(String path) throws Exception {
    return new MovedFile(
        RelativePath.of(path), nas.disk().stat(RelativePath.of("f0")).orElseThrow());
  }

  /** Neither end reads or changes what lies in a place that may be another one. */
  @Test
  void move_placeInDoubt_neitherTakesNorGives() throws Exception {
    for (RootedPeer peer : List.of(nas, lap)) {
      peer.disk().user().createDirectory("usb");
      peer.disk().mount("usb", peer.disk().volume(1, MemoryDisk.EXT4));
      write(peer, "usb/f", "content");
      peer.scan();
    }
    MovedFile listed = source().current(RelativePath.of("usb/f")).orElseThrow();
    MoveTarget target = lap.movable().target();
    assertThat(target.progress(file("usb/new")).finished()).isEmpty();
    lap.disk().user().delete("usb/.realize");
    assertThatThrownBy(() -> target.progress(file("usb/new"))).isInstanceOf(InDoubt.class);
    assertThatThrownBy(() -> target.finish(file("usb/new"))).isInstanceOf(InDoubt.class);
    assertThatThrownBy(() -> target.settle(file("usb/f"))).isInstanceOf(InDoubt.class);
    assertThat(target.progress(file("new")).finished()).isEmpty();

    nas.disk().user().delete("usb/.realize");
    assertThat(source().drop(List.of(listed)).getFirst())
        .isInstanceOfSatisfying(
            DropOutcome.Failed.class,
            failed -> assertThat(failed.cause()).isInstanceOf(InDoubt.class));
    assertThat(source().current(listed.path())).isEmpty();
    assertThatThrownBy(() -> source().read(listed, new ByteRange(0, 3)))
        .isInstanceOf(VersionGone.class);
    assertThat(source().list(Optional.empty(), 99).files()).doesNotContain(listed).isNotEmpty();
    assertThat(new String(nas.disk().user().read("usb/f"), StandardCharsets.UTF_8))
        .isEqualTo("content");
  }

  @Test
  void progress_pathThatIsMarkedWatch_isRefused() throws Exception {
    lap.store()
        .write(writer -> {
          writer.putMark(RelativePath.of("d"), Mark.WATCH);
        });
    MoveTarget target = lap.movable().target();
    assertThatThrownBy(() -> target.progress(file("d/f")))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("marks it watch");
    assertThat(target.progress(file("f")).finished()).isEmpty();
  }

  /** Nothing is learned of a file that is not shared, nor of its bytes. */
  @Test
  void read_fileThatIsIgnoredOrNotIndexed_isRefused() throws Exception {
    write(lap, RAW.toString(), "secret");
    write(lap, "new", "not indexed");
    lap.scan();
    write(lap, "new", "not indexed as it is");
    MoveSource source = lap.movable().source(Optional.empty());
    MoveTarget target = lap.movable().target();
    assertThat(source.list(Optional.empty(), 9).files()).isEmpty();
    for (RelativePath path : List.of(RAW, RelativePath.of("new"))) {
      MovedFile file = new MovedFile(path, lap.disk().stat(path).orElseThrow());
      ByteRange range = new ByteRange(0, 3);
      assertThat(source.current(path)).isEmpty();
      assertThatThrownBy(() -> source.read(file, range)).isInstanceOf(VersionGone.class);
      assertThatThrownBy(() -> source.hash(file, range)).isInstanceOf(VersionGone.class);
      assertThatThrownBy(() -> target.hash(file, range)).isInstanceOf(Unreachable.class);
      assertThatThrownBy(() -> target.progress(file)).isInstanceOf(RealizeException.class);
    }
  }

  @Test
  void list_pagesOfIndexedFiles_haveTotalsOfAll() throws Exception {
    MoveSource.Page page = source().list(Optional.of(RelativePath.of("f3")), 2);
    assertThat(page.files()).extracting(file -> file.path().toString()).containsExactly("f4", "f5");
    assertThat(page.totalFiles()).isEqualTo(31);
  }

  /** The next move finds what was copied and not given up. */
  @Test
  void run_copiedBeforeAndNotGivenUp_givesItUp() throws Exception {
    FileMove copy = new FileMove(source(), lap.movable().target(), true, new Tally());
    for (MovedFile file : source().list(Optional.empty(), 30).files()) {
      copy.copy(file);
    }
    assertThat(move()).isEqualTo(1);
    assertThat(nas.disk().list(RelativePath.ROOT).names())
        .containsExactlyInAnyOrder(".realize", "shot.raw");
  }
}
