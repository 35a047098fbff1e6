package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.realize.sync.arena.Arena;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Finding;
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
  private final RefusingIndex index = new RefusingIndex();
  private final List<Job> woken = new ArrayList<>();

  /** An index of a root on which some paths cannot be changed. */
  private static final class RefusingIndex implements RootIndex {
    private final Map<RelativePath, RealizeException> refused = new HashMap<>();
    private int checks;

    @Override
    public void check(RelativePath path) throws RealizeException {
      checks++;
      RealizeException failure = refused.get(path);
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public boolean ignores(RelativePath path) {
      return false;
    }

    @Override
    public void request(RelativePath path) {}
  }

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
    conflict(LETTER, mark);
  }

  private void conflict(RelativePath path, Mark mark) throws Exception {
    cache("mine");
    cache("theirs");
    Report mine = report("mine", PathStates.ONE, MINE);
    Report theirs = report("theirs", PathStates.TWO, THEIRS);
    Map<StoreId, Report> reports = Map.of(PathStates.ONE, mine, PathStates.TWO, theirs);
    Version shown = mine.versions().getFirst().version();
    Metadata metadata = PathStates.metadata(0644, MINE);
    rig.store.write(writer -> {
      writer.putMark(path, mark);
      writer.put(new PathState(path, shown, metadata, null, 0, reports));
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
    return new LostSides(arena, index, () -> true, woken::add);
  }

  private int left() throws Exception {
    return rig.store.read(reader -> reader.lostSides(9_999)).size();
  }

  /** Conflicts at paths, all of which are lost by the same file. */
  private void lose(List<RelativePath> paths) throws Exception {
    for (RelativePath path : paths) {
      conflict(path, Mark.KEEP);
    }
    Choice choice = new Choice.OfPeer("one", PathStates.ONE.all());
    new Conflicts(arena, RootIndex.NONE, rig.global).resolve(paths, choice);
  }

  private static List<RelativePath> names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> RelativePath.of(prefix + i)).toList();
  }

  /** Who chose wrongly finds it, with its own attributes, whatever becomes of the cache. */
  @Test
  void step_loserIsCached_goesToTheTrash_whereItIsKeptOrOwned() throws Exception {
    for (Mark mark : List.of(Mark.KEEP, Mark.OWN)) {
      disk = new MemoryDisk(rig.time);
      conflict(mark);
      resolve(new Choice.OfPeer("one", PathStates.ONE.all()));

      assertThat(job().step()).contains(Duration.ofHours(1));

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
    new LostSides(rig.arena(), RootIndex.NONE, () -> true, _ -> {}).step();

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
  void step_oneFails_othersGo_itIsListedOnce_andRetriedAlone() throws Exception {
    RelativePath bad = RelativePath.of("a-bad");
    index.refused.put(bad, new StorageFailed("no such luck", null));
    List<RelativePath> good = names("good", 5);
    lose(Stream.concat(Stream.of(bad), good.stream()).toList());
    LostSides job = job();

    assertThat(job.step()).contains(Duration.ofSeconds(15));
    assertThat(left()).isEqualTo(1);
    Finding finding = rig.findings().getFirst();
    assertThat(finding.subject()).isEqualTo("a-bad");
    assertThat(finding.cause()).contains("no such luck");
    assertThat(finding.source().part()).isEqualTo(Finding.Part.TRASH);

    index.checks = 0;
    rig.time.advance(Duration.ofSeconds(14));
    lose(names("late", 2));
    assertThat(job.step()).contains(Duration.ofSeconds(1));
    assertThat(index.checks).as("only the new ones are tried").isEqualTo(2);
    rig.time.advance(Duration.ofSeconds(1));
    assertThat(job.step()).contains(Duration.ofSeconds(30));
    assertThat(rig.findings()).containsExactly(finding);

    index.refused.clear();
    rig.time.advance(Duration.ofSeconds(30));
    assertThat(job.step()).contains(Duration.ofHours(1));
    assertThat(left()).isZero();
    assertThat(rig.findings()).isEmpty();
  }

  /** What ends by the user's hand is asked for again at a steady pace, and listed elsewhere. */
  @Test
  void step_placeInDoubt_waits15sEachTime_unlisted() throws Exception {
    index.refused.put(LETTER, new InDoubt("its id is missing"));
    lose(List.of(LETTER));
    LostSides job = job();

    for (int i = 0; i < 4; i++) {
      assertThat(job.step()).contains(Duration.ofSeconds(15));
      rig.time.advance(Duration.ofSeconds(15));
    }

    assertThat(left()).isEqualTo(1);
    assertThat(rig.findings()).isEmpty();
  }

  @Test
  void step_moreFailThanOneLookSees_lastOneGoes() throws Exception {
    List<RelativePath> bad = names("bad", 2_100);
    bad.forEach(path -> index.refused.put(path, new InDoubt("its id is missing")));
    lose(Stream.concat(bad.stream(), Stream.of(RelativePath.of("good"))).toList());
    LostSides job = job();

    Duration wait = Duration.ZERO;
    for (int i = 0; i < 100 && wait.isZero(); i++) {
      wait = job.step().orElseThrow();
    }

    assertThat(wait).isEqualTo(Duration.ofSeconds(15));
    assertThat(index.checks).isEqualTo(2_101);
    assertThat(left()).isEqualTo(2_100);
  }

  @Test
  void step_manyLose_eachStepIsABatch() throws Exception {
    lose(names("f", 120));
    LostSides job = job();

    assertThat(job.step()).contains(Duration.ZERO);
    assertThat(left()).isEqualTo(70);
    assertThat(job.step()).contains(Duration.ZERO);
    assertThat(job.step()).contains(Duration.ofHours(1));
    assertThat(left()).isZero();
  }

  /** A commit asks for a look, and many within a second for one. */
  @Test
  void step_nothingLost_looksAfterTheNextCommitOnly() throws Exception {
    LostSides job = job();
    assertThat(job.step()).contains(Duration.ofHours(1));
    assertThat(woken).isEmpty();

    lose(names("f", 3));

    assertThat(woken).containsExactly(job);
    assertThat(job.step()).contains(Duration.ofSeconds(1));
    rig.time.advance(Duration.ofSeconds(1));
    assertThat(job.step()).contains(Duration.ofHours(1));
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
      job().step();
      isStopped = left() > 0;
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
}
