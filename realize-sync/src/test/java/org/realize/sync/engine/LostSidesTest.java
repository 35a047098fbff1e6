package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.PathStates;

class LostSidesTest {

  private static final RelativePath LETTER = RelativePath.of("letter.txt");
  private static final FileTime MINE = new FileTime(5, 6);
  private static final FileTime THEIRS = new FileTime(-7, 8);

  private final ArenaRig rig = new ArenaRig();
  private MemoryDisk disk = new MemoryDisk(rig.time);
  private Arena arena = rig.arena(disk);

  private static Content.File file(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Content.File(TreeHasher.hash(bytes), bytes.length);
  }

  /** Caches a file, with its row as a cache has one. */
  private void cache(String text) throws Exception {
    Content.File file = file(text);
    try (Blob blob = rig.blobs.open(file.hash(), file.sizeBytes())) {
      blob.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      blob.commit();
    }
    rig.store.write(writer -> {
      ByteRanges all = ByteRanges.of(0, file.sizeBytes());
      writer.putBlob(new BlobRow(file.hash(), file.sizeBytes(), writer.nextFileId(), all));
    });
  }

  /** A conflict of two peers, whose files are cached here. */
  private void conflict(Mark mark) throws Exception {
    arena = rig.arena(disk);
    cache("mine");
    cache("theirs");
    Report mine = report("mine", PathStates.ONE, MINE);
    Report theirs = report("theirs", PathStates.TWO, THEIRS);
    Map<StoreId, Report> reports = Map.of(PathStates.ONE, mine, PathStates.TWO, theirs);
    Version shown = mine.versions().getFirst().version();
    Metadata metadata = PathStates.metadata(0644, MINE);
    rig.store.write(writer -> {
      writer.putMark(LETTER, mark);
      writer.put(new PathState(LETTER, shown, metadata, null, 0, reports));
    });
  }

  private static Report report(String text, StoreId store, FileTime time) {
    Version version = Version.of(file(text), VersionVector.of(Map.of(store, 1L)));
    Metadata metadata = PathStates.metadata(0640, time);
    return new Report(1, metadata, List.of(new Report.Reported(version, true)));
  }

  private void resolve(Choice choice) throws Exception {
    new Conflicts(arena, RootIndex.NONE, rig.global).resolve(List.of(LETTER), choice);
  }

  private LostSides job() {
    return new LostSides(arena, RootIndex.NONE, () -> true);
  }

  private int left() throws Exception {
    return rig.store.read(reader -> reader.lostSides(9)).size();
  }

  /** Who chose wrongly finds it, with its own attributes, whatever becomes of the cache. */
  @Test
  void step_loserIsCached_goesToTheTrash_whereItIsKeptOrOwned() throws Exception {
    for (Mark mark : List.of(Mark.KEEP, Mark.OWN)) {
      disk = new MemoryDisk(rig.time);
      conflict(mark);
      resolve(new Choice.OfPeer("one", PathStates.ONE.all()));

      assertThat(job().step()).contains(Duration.ofSeconds(5));

      assertThat(disk.user().read(".realize/trash/0/letter.txt"))
          .as("%s", mark)
          .asString()
          .isEqualTo("theirs");
      assertThat(disk.stat(RelativePath.of(".realize/trash/0/letter.txt")).orElseThrow().mtime())
          .isEqualTo(THEIRS);
      assertThat(left()).isZero();
    }
  }

  @Test
  void step_allLose_allGo_andNoneTwice() throws Exception {
    conflict(Mark.KEEP);
    resolve(new Choice.Deleted());
    assertThat(left()).isEqualTo(2);

    job().step();
    job().step();

    assertThat(List.of(text(0), text(1))).containsExactlyInAnyOrder("mine", "theirs");
    assertThat(disk.stat(RelativePath.of(".realize/trash/2"))).isEmpty();
  }

  private String text(int id) throws Exception {
    return new String(
        disk.user().read(".realize/trash/" + id + "/letter.txt"), StandardCharsets.UTF_8);
  }

  /** What another name shows needs no trash, nor does what a watcher merely had. */
  @Test
  void step_loserIsShownElsewhere_orOnlyWatched_staysInTheCache() throws Exception {
    conflict(Mark.KEEP);
    resolve(new Choice.Both());
    job().step();
    conflict(Mark.WATCH);
    resolve(new Choice.Deleted());
    job().step();

    assertThat(left()).isZero();
    assertThat(disk.stat(RelativePath.of(".realize/trash"))).isEmpty();
  }

  @Test
  void step_noRoot_orNothingCached_isForgotten() throws Exception {
    conflict(Mark.KEEP);
    rig.blobs.evict(file("theirs").hash());
    resolve(new Choice.OfPeer("one", PathStates.ONE.all()));
    job().step();
    assertThat(left()).isZero();
    conflict(Mark.KEEP);
    resolve(new Choice.Deleted());
    new LostSides(rig.arena(), RootIndex.NONE, () -> true).step();

    assertThat(left()).isZero();
    assertThat(disk.stat(RelativePath.of(".realize/trash"))).isEmpty();
  }

  @Test
  void step_fullDisk_waitsForRoom() throws Exception {
    disk = new MemoryDisk(rig.time, 4 << 20, 1);
    conflict(Mark.KEEP);
    resolve(new Choice.OfPeer("one", PathStates.ONE.all()));
    disk.user().write("ballast", new byte[(4 << 20) - 8192]);
    job().step();
    assertThat(left()).isEqualTo(1);

    disk.user().delete("ballast");
    job().step();

    assertThat(text(0)).isEqualTo("theirs");
    assertThat(left()).isZero();
  }

  @Test
  void step_killedAnywhere_loserIsWholeInTheTrash_orStillToGo() throws Exception {
    int effects = 0;
    for (boolean isStopped = true; isStopped; effects++) {
      disk = new MemoryDisk(rig.time);
      conflict(Mark.KEEP);
      resolve(new Choice.OfPeer("one", PathStates.ONE.all()));
      disk.powerOffAfter(effects);
      isStopped = isStopped();
      disk.kill();
      arena = rig.arena(disk);
      String when = "stopped before effect " + effects;
      assertThat(trashed())
          .as(when)
          .allMatch("theirs"::equals)
          .hasSizeGreaterThanOrEqualTo(1 - left());
      job().step();
      assertThat(trashed()).as(when).isNotEmpty().allMatch("theirs"::equals);
      assertThat(left()).isZero();
      assertThat(disk.stat(RelativePath.of(".realize/partial/for-trash"))).isEmpty();
    }
    assertThat(effects).isGreaterThan(5);
  }

  private List<String> trashed() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int id = 0; id < 5; id++) {
      try {
        if (disk.stat(RelativePath.of(".realize/trash/" + id + "/letter.txt")).isPresent()) {
          texts.add(text(id));
        }
      } catch (NoSuchFileException none) {
        // nothing came with this id
      }
    }
    return texts;
  }

  private boolean isStopped() {
    try {
      job().step();
      return false;
    } catch (Exception off) {
      return true;
    }
  }
}
