package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.index.DropIntents;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.Indexer;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** An arena that gives files up: what its index and its peers then know. */
final class ArenaFilesTest {
  private static final RelativePath PATH = RelativePath.of("d/f");

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final MemoryGlobalStore global = new MemoryGlobalStore(new SplittableRandom(1));
  private final ArenaStore store = global.arena(new ArenaName("docs"));
  private Indexer indexer;
  private ArenaFiles files;

  /** No hints: the tests scan. */
  private static final class NoChanges implements ChangeSource {
    @Override
    public List<Change> take(Duration timeout) {
      return List.of();
    }

    @Override
    public void watch(RelativePath directory) {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void makeAndScan() throws Exception {
    disk.user().createDirectory("d");
    disk.user().write(PATH.toString(), "content".getBytes(StandardCharsets.UTF_8));
    disk.forceAll();
    start();
    scan();
  }

  private void start() throws RealizeException {
    indexer =
        new Indexer(
            new Indexer.Root(
                new Real(disk, RootCapabilities.FULL, store, time),
                new NoChanges(),
                List.of("*.tmp")),
            store,
            global,
            time,
            Hashers.inline(),
            new SplittableRandom(2));
    files = new ArenaFiles("nas", disk, store, indexer::requireRoot);
  }

  private void scan() throws Exception {
    time.advance(Duration.ofSeconds(10));
    indexer.scan();
  }

  private MovedFile listed() throws RealizeException {
    return files.list(Optional.empty(), 10).getFirst();
  }

  private PathState state() throws RealizeException {
    return store.read(reader -> reader.path(PATH)).orElseThrow();
  }

  /** The version stays known, nobody hears of a removal, and it is not said to be here any more. */
  private void requireDropped(PathState before) throws Exception {
    PathState after = state();
    assertThat(after.real()).isNull();
    assertThat(after.shown()).isEqualTo(before.shown());
    assertThat(after.announcedSeq()).isGreaterThan(before.announcedSeq());
    assertThat(AnnounceRules.report(after, _ -> false).versions())
        .singleElement()
        .satisfies(reported -> assertThat(reported.held()).isFalse());
    assertThat(store.read(DropIntents::read)).isEmpty();
    assertThat(disk.stat(PATH).isPresent()).isFalse();
  }

  @Test
  void delete_listedFile_isADropAndNoRemoval() throws Exception {
    PathState before = state();
    files.delete(listed(), files.engage());
    requireDropped(before);
    scan();
    assertThat(state().shown()).isEqualTo(before.shown());
  }

  @Test
  void scan_afterAStopBehindTheUnlink_makesADropOfIt() throws Exception {
    PathState before = state();
    FileStat listed = listed().stat();
    store.write(writer -> {
      DropIntents.add(writer, Map.of(PATH, listed));
    });
    disk.user().delete(PATH.toString());
    start();
    scan();
    requireDropped(before);
  }

  @Test
  void scan_afterAStopBeforeTheUnlink_keepsTheFile() throws Exception {
    PathState before = state();
    FileStat listed = listed().stat();
    store.write(writer -> {
      DropIntents.add(writer, Map.of(PATH, listed));
    });
    start();
    scan();
    assertThat(store.read(DropIntents::read)).isEmpty();
    assertThat(state()).isEqualTo(before);
    disk.user().delete(PATH.toString());
    scan();
    assertThat(state().shown().isTombstone()).isTrue();
  }

  @Test
  void delete_stoppedAfterEveryEffect_isADropOrNothing() throws Exception {
    PathState before = state();
    MovedFile listed = listed();
    disk.powerOffAfter(2);
    assertThatThrownBy(() -> files.delete(listed, files.engage()))
        .isInstanceOf(RealizeException.class);
    disk.kill();
    start();
    scan();
    assertThat(state().shown()).isEqualTo(before.shown());
    if (!disk.stat(PATH).isPresent()) {
      requireDropped(before);
    }
  }

  @Test
  void delete_manyAtOnce_isADropOfEach() throws Exception {
    for (int i = 0; i < 40; i++) {
      disk.user().write("d/many" + i, new byte[i]);
    }
    scan();
    List<Thread> droppers = new ArrayList<>();
    for (MovedFile file : files.list(Optional.empty(), 100)) {
      droppers.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  files.delete(file, files.engage());
                } catch (RealizeException e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (Thread dropper : droppers) {
      assertThat(dropper.join(Duration.ofSeconds(30))).isTrue();
    }
    assertThat(droppers).hasSize(41);
    assertThat(files.list(Optional.empty(), 100)).isEmpty();
    assertThat(disk.list(RelativePath.of("d")).names()).isEmpty();
    assertThat(store.read(DropIntents::read)).isEmpty();
    scan();
    for (PathState each : store.read(r -> r.children(RelativePath.of("d"))).values()) {
      assertThat(each.shown().isTombstone()).as(each.path().toString()).isFalse();
      assertThat(each.real()).isNull();
    }
  }

  @Test
  void delete_fileThatChanged_staysAndIsIndexed() throws Exception {
    MovedFile listed = listed();
    disk.user().write(PATH.toString(), "changed".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> files.delete(listed, files.engage())).isInstanceOf(VersionGone.class);
    assertThat(store.read(DropIntents::read)).isEmpty();
    scan();
    assertThat(state().real()).isNotNull();
    assertThat(state().shown().vector().counters()).hasSize(1);
  }

  @Test
  void list_ignoredAndNewFiles_areNotListed() throws Exception {
    disk.user().write("d/ignored.tmp", new byte[3]);
    scan();
    disk.user().write("d/a-new", new byte[3]);
    assertThat(files.list(Optional.empty(), 10)).containsExactly(listed());
    scan();
    assertThat(files.list(Optional.empty(), 1)).hasSize(1);
    assertThat(files.list(Optional.of(PATH), 1)).isEmpty();
  }

  /** The root may come back later than the daemon: nothing is concluded before. */
  @Test
  void scan_afterAStopAndWithoutTheRoot_settlesTheDropWhenItIsBack() throws Exception {
    PathState before = state();
    FileStat listed = listed().stat();
    store.write(writer -> {
      DropIntents.add(writer, Map.of(PATH, listed));
    });
    disk.user().createDirectory(".realize/dropping");
    disk.user().createDirectory(".realize/dropping/d");
    disk.user().rename(PATH.toString(), ".realize/dropping/" + PATH);
    disk.user().rename(".realize/id", ".realize/elsewhere");
    start();
    scan();
    assertThatThrownBy(() -> files.list(Optional.empty(), 10)).isInstanceOf(Unreachable.class);
    assertThat(disk.stat(PATH)).isEmpty();
    assertThat(state()).isEqualTo(before);
    disk.user().rename(".realize/elsewhere", ".realize/id");
    scan();
    assertThat(disk.stat(PATH)).isPresent();
    assertThat(store.read(DropIntents::read)).isEmpty();
    assertThat(state().shown()).isEqualTo(before.shown());
    assertThat(state().real()).isNotNull();
  }

  @Test
  void finish_rootThatIsNotTheArenas_isRefused() throws Exception {
    MovedFile listed = listed();
    files.send(RelativePath.of("other"), 0, new byte[7]);
    disk.user().delete(".realize/id");
    MovedFile other = new MovedFile(RelativePath.of("other"), listed.stat());
    assertThatThrownBy(() -> files.finish(other))
        .isInstanceOf(Unreachable.class)
        .hasMessageContaining("paused");
    assertThatThrownBy(() -> files.delete(listed, files.engage())).isInstanceOf(Unreachable.class);
    assertThat(disk.stat(PATH).isPresent()).isTrue();
  }
}
