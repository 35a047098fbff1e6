package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.engine.OpenWork.OpenPath;
import org.realize.sync.engine.OpenWork.WorkState;
import org.realize.sync.engine.SyncWork.SyncFigures;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.PathState;
import org.realize.sync.real.NeededContents;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.RootedPeer;
import org.realize.sync.testing.ScriptedPeer;

@Timeout(60)
class SyncJobTest {

  private final SyncRig rig = new SyncRig();
  private SyncRig.Peer here;
  private SyncRig.Peer there;

  @BeforeEach
  void open() throws Exception {
    here = rig.peer("here", Mark.OWN);
    there = rig.peer("there", Mark.OWN);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  /** Both have the same, but for what is ignored there. */
  private void settleEqual(String... ignored) throws Exception {
    rig.settle();
    assertThat(there.failures()).isEmpty();
    assertThat(here.failures()).isEmpty();
    Map<String, String> tree = there.tree();
    assertThat(tree.keySet()).containsAll(List.of(ignored));
    tree.keySet().removeAll(List.of(ignored));
    assertThat(tree).isEqualTo(here.tree());
  }

  @Test
  void everyKindOfChange_isMadeInTheOtherRoot() throws Exception {
    here.files.createDirectory("a");
    here.files.createDirectory("a/b");
    here.write("a/b/file", "content");
    here.write("empty", "");
    here.files.write("large", ScriptedPeer.bytes(1, 3_000_000));
    here.files.symbolicLink("link", "a/b/file");
    settleEqual();
    assertThat(there.tree()).hasSize(6);

    there.write("a/b/file", "edited");
    there.files.mtime("a/b/file", new FileTime(-5, 6));
    here.files.mode("large", 0500);
    here.files.mode("a", 0750);
    settleEqual();

    here.files.rename("a", "c");
    here.files.rename("large", "c/larger");
    settleEqual();

    there.files.delete("c/b");
    there.files.delete("link");
    settleEqual();

    here.files.delete("empty");
    here.files.createDirectory("empty");
    here.write("empty/not", "any more");
    settleEqual();

    here.files.delete("empty");
    here.write("empty", "again");
    here.files.delete("c");
    settleEqual();
  }

  @Test
  void nameWhoseBytesNobodyHas_isKnownToNeedThem() throws Exception {
    here.write("theirs", "content");
    settleEqual();
    RelativePath path = RelativePath.of("theirs");
    NeededContents needed = Objects.requireNonNull(there.rooted.arena().root()).needed();
    Content.File content =
        there
            .rooted
            .store()
            .<Optional<PathState>>read(reader -> reader.path(path))
            .orElseThrow()
            .realFile()
            .orElseThrow()
            .content();
    assertThat(needed.of(content.hash())).isEmpty();
    there
        .rooted
        .store()
        .write(writer -> {
          PathState state = writer.path(path).orElseThrow();
          writer.put(state.withReal(null).withReports(Map.of()));
        });
    assertThat(there.work()).isTrue();
    assertThat(needed.of(content.hash())).containsExactly(path);
  }

  @Test
  void twoOwnersInSync_areSilent() throws Exception {
    here.files.createDirectory("a");
    here.write("a/file", "content");
    here.files.mode("a", 0500);
    settleEqual();
    long headHere = here.head();
    long headThere = there.head();

    for (int i = 0; i < 5; i++) {
      rig.time.advance(Duration.ofHours(1));
      rig.settle();
    }

    assertThat(here.head()).isEqualTo(headHere);
    assertThat(there.head()).isEqualTo(headThere);
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(0, 0, 0));
  }

  @Test
  void rename_ofADirectory_fetchesNoBytes() throws Exception {
    here.files.createDirectory("a");
    for (int i = 0; i < 20; i++) {
      here.write("a/f" + i, "content " + i);
    }
    here.files.write("a/large", ScriptedPeer.bytes(1, 3_000_000));
    settleEqual();
    long fetched = there.fetchedBytes();
    long inode = there.inode("a/f7");

    here.files.rename("a", "b");
    settleEqual();

    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    assertThat(there.inode("b/f7")).isEqualTo(inode);
    assertThat(there.trash()).isEmpty();
  }

  /** In one step, so the directory is the same one, and so is what nobody has indexed in it. */
  @Test
  void rename_ofADirectory_isOneRenameThere_withAllThatIsInIt() throws Exception {
    for (String directory : List.of("a", "a/s", "a/s/t", "a/empty")) {
      here.files.createDirectory(directory);
    }
    here.write("a/f", "1");
    here.write("a/s/f", "2");
    here.write("a/s/t/f", "3");
    here.files.symbolicLink("a/s/link", "f");
    settleEqual();
    there.write("a/s/ignored.tmp", "mine");
    long directory = there.inode("a");
    long below = there.inode("a/s/t");

    here.files.rename("a", "b");
    settleEqual("b/s/ignored.tmp");

    assertThat(there.inode("b")).isEqualTo(directory);
    assertThat(there.inode("b/s/t")).isEqualTo(below);
    assertThat(there.tree()).containsKey("b/s/ignored.tmp");
    assertThat(there.trash()).isEmpty();
    assertThat(there.failures()).isEmpty();
  }

  /** Also where the entries of the directory come one by one, with work in between. */
  @Test
  void rename_ofADirectory_whoseEntriesComeOneByOne_isOneRenameThere() throws Exception {
    here.files.createDirectory("a");
    here.files.createDirectory("a/s");
    here.write("a/f", "1");
    here.write("a/s/f", "2");
    settleEqual();
    long directory = there.inode("a");

    here.files.rename("a", "b");
    here.scan();
    while (there.pull(1)) {
      there.work();
      rig.time.advance(Duration.ofMillis(900));
    }
    settleEqual();

    assertThat(there.inode("b")).isEqualTo(directory);
    assertThat(there.trash()).isEmpty();
  }

  /** What the user edited there goes along, as an edit of the new name. */
  @Test
  void rename_ofADirectory_inWhichAUserEditsMeanwhile_editIsAtTheNewName() throws Exception {
    here.files.createDirectory("a");
    here.write("a/f", "1");
    here.write("a/g", "2");
    settleEqual();

    here.files.rename("a", "b");
    here.scan();
    there.pull();
    there.write("a/f", "edited");
    there.work();
    rig.time.advance(Duration.ofSeconds(2));
    there.work();
    settleEqual();

    assertThat(here.tree()).hasEntrySatisfying("b/f", seen -> assertThat(seen).endsWith("edited"));
    assertThat(here.tree()).doesNotContainKeys("a", "a/f", "a/g");
    assertThat(there.failures()).isEmpty();
  }

  /** The other names are renamed each, the rest of the directory is as the user left it. */
  @Test
  void rename_ofADirectory_inWhichAnotherFileStays_renamesTheFiles() throws Exception {
    here.files.createDirectory("a");
    here.files.createDirectory("a/s");
    here.write("a/f", "1");
    here.write("a/s/f", "2");
    settleEqual();
    long fetched = there.fetchedBytes();
    long file = there.inode("a/f");
    long below = there.inode("a/s");

    there.write("a/new", "3");
    there.scan();
    here.files.rename("a", "b");
    here.scan();
    there.pull();
    here.pull();
    settleEqual();

    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    assertThat(there.inode("b/f")).isEqualTo(file);
    assertThat(there.inode("b/s")).isEqualTo(below);
    assertThat(here.tree()).containsKeys("a/new", "b/f", "b/s/f").doesNotContainKey("a/f");
  }

  @Test
  void removal_ofADirectory_isOneMoveToTheTrash_butForWhatIsNotShared() throws Exception {
    for (String directory : List.of("a", "a/s", "a/s/t", "b", "b/s")) {
      here.files.createDirectory(directory);
    }
    here.write("a/f", "1");
    here.write("a/s/f", "2");
    here.write("b/f", "3");
    here.write("b/s/f", "4");
    here.write("stays", "5"); // or the guard would hold the removal of all files
    settleEqual();
    there.write("b/mine.tmp", "mine");
    long below = there.inode("a/s/t");

    here.files.delete("a");
    here.files.delete("b/s");
    here.files.delete("b/f");
    settleEqual("b/mine.tmp");

    assertThat(there.trash()).containsExactlyInAnyOrder("1", "2", "3", "4");
    assertThat(there.tree()).containsOnlyKeys("b", "b/mine.tmp", "stays");
    List<Long> trashed = new ArrayList<>();
    for (String arrival : there.disk.list(RelativePath.of(".realize/trash")).names()) {
      RelativePath directory = RelativePath.of(".realize/trash/" + arrival + "/a/s/t");
      if (!arrival.endsWith(".list")) {
        there.disk.stat(directory).ifPresent(stat -> trashed.add(stat.fileKey()));
      }
    }
    assertThat(trashed).containsExactly(below);
  }

  @Test
  void rename_whoseHalvesComeOneAfterTheOther_fetchesNoBytes() throws Exception {
    here.files.write("b", ScriptedPeer.bytes(1, 3_000_000));
    here.write("c", "content");
    settleEqual();
    long fetched = there.fetchedBytes();

    here.files.rename("b", "a");
    here.files.rename("c", "d");
    here.scan();
    while (there.pull(1)) {
      there.work();
    }
    settleEqual();

    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    assertThat(there.trash()).isEmpty();
  }

  @Test
  void copy_ofAFileThatStays_isMadeOfTheBytesThatAreHere() throws Exception {
    here.write("a", "content");
    settleEqual();
    long fetched = there.fetchedBytes();

    here.files.hardLink("b", "a");
    settleEqual();

    assertThat(there.fetchedBytes()).isEqualTo(fetched);
  }

  /** It is collected in its place, from what is here and only the rest from the peer. */
  @Test
  void largeFile_changedInOneBlock_fetchesThatBlockAndLeavesNoBlob() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(1, 3_000_000);
    here.files.write("large", bytes);
    settleEqual();
    assertThat(there.fetchedBytes()).isEqualTo(bytes.length);

    bytes[1_000_000] ^= 1;
    here.files.write("large", bytes);
    settleEqual();
    long fetched = there.fetchedBytes();
    assertThat(fetched).isBetween(bytes.length + 1L, (long) bytes.length + TreeShape.BLOCK_BYTES);

    here.files.write("copy", bytes);
    settleEqual();
    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    List<BlobRow> blobs = there.rooted.store().read(reader -> reader.blobs());
    assertThat(blobs).isEmpty();
  }

  /** What was collected before the process ended is verified and kept. */
  @Test
  void largeFile_ofAStoppedProcess_isResumed() throws Exception {
    here.write("first", "walk");
    settleEqual();
    byte[] bytes = ScriptedPeer.bytes(2, 3_000_000);
    here.files.write("large", bytes);
    here.scan();
    there.pull();
    there.disk.failAfter(20, new IOException("stale file handle"));
    there.work();
    assertThat(there.failures()).containsKey("large");
    assertThat(there.fetchedBytes()).isPositive();

    there.restart();
    settleEqual();
    assertThat(there.fetchedBytes()).isBetween(1L, bytes.length - 5L * TreeShape.BLOCK_BYTES);
  }

  @Test
  void cancelledFile_isLeft_untilItChangesOrIsRetried() throws Exception {
    here.write("a", "first");
    here.write("b", "first");
    here.scan();
    there.pull();
    OpenWork open = new OpenWork(there.work);
    List<RelativePath> both = List.of(RelativePath.of("a"), RelativePath.of("b"));
    open.cancel(both);
    rig.settle();
    assertThat(there.tree()).isEmpty();
    assertThat(open.list(10)).extracting(OpenPath::state).containsOnly(WorkState.CANCELLED);
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(0, 0, 2));

    there.restart();
    rig.settle();
    assertThat(there.tree()).isEmpty();
    here.write("a", "second");
    rig.settle();
    assertThat(there.tree()).containsOnlyKeys("a");

    open = new OpenWork(there.work);
    assertThat(open.list(10)).extracting(OpenPath::path).containsExactly(RelativePath.of("b"));
    open.retry(_ -> true);
    settleEqual();
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(0, 0, 0));
    OpenWork done = open;
    assertThatThrownBy(() -> done.cancel(both))
        .isInstanceOf(NotFound.class)
        .hasMessageContaining("cancel 'a': nothing is to be done there");
  }

  /** The fetch is stopped while it is under way, and then resumed with all that it had. */
  @Test
  void largeFile_cancelledOrPausedMeanwhile_stopsAtOnceAndKeepsWhatItHas() throws Exception {
    here.write("first", "walk");
    settleEqual();
    int size = 48 << 20;
    here.files.write("large", ScriptedPeer.bytes(2, size));
    here.scan();
    there.pull();
    RelativePath large = RelativePath.of("large");
    OpenWork open = new OpenWork(there.work);
    List<JobEnd> ends = new ArrayList<>();
    there.work.events().add(new RecordedEnds(ends));
    there.disk.runAfter(
        20, () -> assertThatCode(() -> open.cancel(List.of(large))).doesNotThrowAnyException());

    there.work();
    assertThat(ends).containsExactly(JobEnd.STOPPED);
    assertThat(open.list(10)).extracting(OpenPath::state).containsExactly(WorkState.CANCELLED);
    long fetched = there.fetchedBytes();
    assertThat(fetched).isBetween(2L << 20, size - 1L);

    open.retry(_ -> true);
    UserPause pause = there.work.userPause();
    there.disk.runAfter(
        20,
        () -> assertThatCode(() -> pause.begin(PauseState.FOR_EVER)).doesNotThrowAnyException());
    there.work();
    assertThat(ends).containsExactly(JobEnd.STOPPED, JobEnd.STOPPED);
    assertThat(open.list(10)).extracting(OpenPath::state).containsExactly(WorkState.QUEUED);
    assertThat(there.fetchedBytes()).isBetween(fetched + 1, size - 1L);

    there.work.userPause().end();
    settleEqual();
    assertThat(there.fetchedBytes())
        .as("bytes fetched, with those on their way at the two stops")
        .isBetween((long) size, size + 2L * (4 << 20));
    assertThat(ends).endsWith(JobEnd.DONE);
  }

  /** The ends of jobs of one path, in order. */
  private record RecordedEnds(List<JobEnd> ends) implements JobEvents.JobListener {
    @Override
    public void begun(RelativePath path, String kind, long bytes) {}

    @Override
    public void ended(RelativePath path, JobEnd end, String cause) {
      ends.add(end);
    }
  }

  @Test
  void usersFile_thatIsNotIndexed_staysWhereAPeersIsToBe() throws Exception {
    here.write("a", "of a peer");
    here.scan();
    there.write("a", "of a user");

    there.pull();
    there.work();

    assertThat(there.tree().get("a")).endsWith("of a user");
    rig.settle();
    assertThat(there.tree().get("a")).endsWith("of a user");
    assertThat(here.tree().get("a")).endsWith("of a peer");
  }

  @Test
  void usersChange_thatIsNotIndexed_isNotReplaced() throws Exception {
    here.write("a", "first");
    settleEqual();
    here.write("a", "second, of a peer");
    here.scan();
    there.write("a", "second, of a user");

    there.pull();
    there.work();

    assertThat(there.tree().get("a")).endsWith("second, of a user");
    rig.settle();
    assertThat(there.tree().get("a")).endsWith("second, of a user");
    assertThat(here.tree().get("a")).endsWith("second, of a peer");
  }

  @Test
  void usersChange_thatIsNotIndexed_isNotRemoved() throws Exception {
    here.write("a", "first");
    here.write("b", "stays");
    settleEqual();
    here.files.delete("a");
    here.scan();
    there.write("a", "changed");

    there.pull();
    there.work();
    assertThat(there.tree().get("a")).endsWith("changed");

    settleEqual();
    assertThat(here.tree().get("a")).endsWith("changed");
  }

  @Test
  void fileOpenForWriting_isLeft_listed_andReplacedOnceItIsClosed() throws Exception {
    here.write("a", "first");
    settleEqual();
    OpenUserFile open = there.files.open("a");
    here.write("a", "second");
    rig.settle();
    assertThat(there.tree().get("a")).endsWith("first");
    assertThat(there.failures()).containsEntry("a", "a program has it open for writing");

    open.close();
    rig.time.advance(Duration.ofHours(1));
    settleEqual();
    assertThat(there.tree().get("a")).endsWith("second");
    assertThat(there.trash()).containsExactly("first");
  }

  @Test
  void ignoredName_isNotMade_andIfItIsThereNotTouched() throws Exception {
    here.write("x.tmp", "of here");
    here.rooted
        .store()
        .write(writer -> {
          writer.putMark(RelativePath.of("x.tmp"), Mark.OWN);
          writer.putMark(RelativePath.of("y.tmp"), Mark.OWN);
        });
    here.write("y.tmp", "of here");
    there.write("y.tmp", "of there");
    rig.settle();

    assertThat(there.tree()).containsOnlyKeys("y.tmp");
    assertThat(there.tree().get("y.tmp")).endsWith("of there");
    there
        .rooted
        .store()
        .write(writer -> {
          writer.putMark(RelativePath.of("x.tmp"), Mark.OWN);
        });
    rig.settle();
    assertThat(there.tree().get("x.tmp")).endsWith("of here");
  }

  @Test
  void temporaryNameOfAPeer_isNotMade() throws Exception {
    here.rooted
        .store()
        .write(writer -> {
          writer.putMark(RelativePath.of("x.part"), Mark.OWN);
        });
    here.write("x.part", "of here");
    here.write("x", "of here");
    rig.settle();

    assertThat(there.tree()).containsOnlyKeys("x");
  }

  /** What was made real here is served by its hash tree once its stat proves nothing. */
  @Test
  void fileOfSeveralBlocks_madeRealAndGivenAnotherTime_isServedToAThirdPeer() throws Exception {
    here.files.write("several", ScriptedPeer.bytes(1, 300_000));
    settleEqual();
    here.files.mtime("several", FileTime.ofNanos(1_000_000_000));
    here.scan();
    there.pull();
    there.work();
    here.rooted.disconnect();

    SyncRig.Peer third = rig.peer("third", Mark.OWN);
    here.rooted.disconnect();
    third.scan();
    third.pull();
    third.work();

    assertThat(third.tree()).isEqualTo(there.tree());
  }

  @Test
  void holderAway_pathWaits_andIsMadeOnceItConnects() throws Exception {
    here.write("a", "content");
    here.scan();
    there.scan();
    there.pull();
    here.rooted.disconnect();

    there.work();
    assertThat(there.tree()).isEmpty();
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(1, 0, 0));
    assertThat(there.failures()).isEmpty();

    RootedPeer.connect(here.rooted, there.rooted);
    there.work.connected();
    there.work();
    assertThat(there.tree().get("a")).endsWith("content");
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(0, 0, 0));
  }

  private static final RelativePath LETTER = RelativePath.of("letter.txt");

  /** Makes a conflict at {@link #LETTER}. */
  private void conflict() throws Exception {
    conflict(rig);
  }

  private void conflict(SyncRig rig) throws Exception {
    here.write("letter.txt", "draft");
    rig.settle();
    here.write("letter.txt", "by here");
    there.write("letter.txt", "by there!");
    rig.settle();
    rig.time.advance(Duration.ofSeconds(3)); // what is left for last waits for a moment
    rig.settle();
    assertThat(here.tree().get("letter.txt")).endsWith("by here");
    assertThat(there.tree().get("letter.txt")).endsWith("by there!");
    assertThat(conflicts(here).list(_ -> true)).hasSize(1);
    assertThat(conflicts(there).list(_ -> true)).hasSize(1);
  }

  private static Conflicts conflicts(SyncRig.Peer peer) {
    return new Conflicts(peer.rooted.arena(), peer.rooted.index(), peer.rooted.global());
  }

  private void assertNoConflict() throws Exception {
    settleEqual();
    assertThat(conflicts(here).list(_ -> true)).isEmpty();
    assertThat(conflicts(there).list(_ -> true)).isEmpty();
  }

  @Test
  void conflict_resolved_becomesTheChosenFileOnBothDisks() throws Exception {
    conflict();
    conflicts(here).resolve(List.of(LETTER), new Choice.Mine());
    assertNoConflict();
    assertThat(there.tree().get("letter.txt")).endsWith("by here");

    there.write("letter.txt", "later");
    settleEqual();
  }

  @Test
  void conflict_resolvedForThePeersFile_isReplacedHere() throws Exception {
    conflict();
    conflicts(here)
        .resolve(
            List.of(LETTER),
            new Choice.OfPeer("there", there.rooted.global().identity().store().all()));
    assertNoConflict();
    assertThat(here.tree().get("letter.txt")).endsWith("by there!");
  }

  @Test
  void conflict_resolvedAsDeleted_isGoneOnBothDisks() throws Exception {
    conflict();
    conflicts(there).resolve(List.of(LETTER), new Choice.Deleted());
    assertNoConflict();
    assertThat(here.tree()).isEmpty();
  }

  @Test
  void conflict_resolvedForBothFilesOnBothPeersAtOnce_leavesTwoFiles() throws Exception {
    conflict();
    conflicts(here).resolve(List.of(LETTER), new Choice.Both());
    conflicts(there).resolve(List.of(LETTER), new Choice.Both());
    assertNoConflict();

    assertThat(here.tree()).hasSize(2).containsKey("letter.txt");
    assertThat(here.tree().values())
        .anyMatch(file -> file.endsWith("by here"))
        .anyMatch(file -> file.endsWith("by there!"));
  }

  /** The side of a peer that only watches is nowhere else. */
  @Test
  void conflict_resolvedForBoth_oneIsOnlyInAWatchedRoot_bothAreOnTheOwner() throws Exception {
    here.write("letter.txt", "draft");
    rig.settle();
    there.mark("", Mark.WATCH);
    rig.settle();
    for (String mine : List.of("by here", "by here, once more")) {
      here.write("letter.txt", mine);
      there.write("letter.txt", "by there! " + mine);
      rig.settle();
      conflicts(here).resolve(List.of(LETTER), new Choice.Both());
      rig.settle();
      rig.time.advance(Duration.ofMinutes(11));
      rig.settle();
      assertThat(here.tree().values()).anyMatch(file -> file.endsWith("by there! " + mine));
      assertThat(here.tree().values()).anyMatch(file -> file.endsWith(mine));
    }
    assertThat(here.failures()).isEmpty();
  }

  /** The owner has not fetched the other side: it is only there, and would go with the trash. */
  @ParameterizedTest
  @EnumSource(
      value = Mark.class,
      names = {"WATCH", "KEEP"})
  void conflict_resolvedForBothBeforeTheOwnerHasTheOtherSide_itGetsItsNameWhereItIs(Mark mark)
      throws Exception {
    here.write("letter.txt", "draft");
    rig.settle();
    there.mark("", mark);
    here.isAlone = true;
    here.write("letter.txt", "by here");
    there.write("letter.txt", "by there! The lower hash");
    rig.settle();
    conflicts(here).resolve(List.of(LETTER), new Choice.Both());
    rig.settle();
    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
    assertThat(there.tree().values()).anyMatch(file -> file.endsWith("by there! The lower hash"));

    here.isAlone = false;
    here.work.connected();
    rig.settle();
    rig.time.advance(Duration.ofHours(2));
    rig.settle();
    assertThat(here.tree().values()).hasSize(2).anyMatch(file -> file.contains("The lower hash"));
    assertThat(there.tree()).isEmpty();
    assertThat(here.failures()).isEmpty();
  }

  @Test
  void conflict_resolvedDifferentlyAtOnce_isOneAgainThatNewestEndsOnBoth() throws Exception {
    conflict();
    conflicts(here).resolve(List.of(LETTER), new Choice.Mine());
    conflicts(there).resolve(List.of(LETTER), new Choice.Mine());
    rig.settle();
    assertThat(conflicts(here).list(_ -> true)).hasSize(1);

    new NewestWins(here.rooted.arena(), conflicts(here)).step();
    new NewestWins(there.rooted.arena(), conflicts(there)).step();
    assertNoConflict();
    assertThat(here.tree()).containsOnlyKeys("letter.txt");
  }

  @Test
  void openWork_pathThatWaits_isListed_andRetriedWhenAsked() throws Exception {
    here.write("a", "content");
    here.scan();
    there.scan();
    there.pull();
    here.rooted.disconnect();
    there.work();
    OpenWork open = new OpenWork(there.work);

    assertThat(open.list(9))
        .containsExactly(new OpenPath(RelativePath.of("a"), "realize", 7, WorkState.WAITING, ""));
    RootedPeer.connect(here.rooted, there.rooted);
    open.retry(path -> path.name().equals("b"));
    there.work();
    assertThat(there.tree()).isEmpty();
    open.retry(path -> path.name().equals("a"));
    assertThat(open.list(9))
        .containsExactly(new OpenPath(RelativePath.of("a"), "realize", 7, WorkState.QUEUED, ""));
    there.work();
    assertThat(there.tree()).containsKey("a");
    assertThat(open.list(9)).isEmpty();
  }

  @Test
  void userPause_begun_holdsAllWorkUntilItsEnd() throws Exception {
    here.write("a", "content");
    UserPause pause = there.work.userPause();
    pause.begin(rig.time.unixMillis() + Duration.ofHours(3).toMillis());
    rig.settle();
    assertThat(there.tree()).isEmpty();
    UserPause.PauseEffects none = new UserPause.PauseEffects(() -> {}, () -> {});
    assertThat(new UserPause(there.rooted.store(), rig.time, PauseSchedule.NEVER, none).until())
        .as("after a restart")
        .isEqualTo(pause.until())
        .isPresent();

    rig.time.advance(Duration.ofHours(4));
    settleEqual();
    assertThat(pause.until()).isEmpty();

    pause.begin(PauseState.FOR_EVER);
    here.write("b", "content");
    rig.time.advance(Duration.ofDays(40));
    rig.settle();
    assertThat(there.tree()).doesNotContainKey("b");
    pause.end();
    settleEqual();
  }

  @Test
  void scheduledPause_holdsAllWork_untilItsEndOrTheUsers() throws Exception {
    here.write("a", "content");
    Duration length = Duration.ofHours(3);
    there.scheduled = Optional.of(rig.time.unixMillis() + length.toMillis());
    rig.settle();
    assertThat(there.tree()).isEmpty();
    assertThat(there.work.userPause().until()).isEqualTo(there.scheduled);
    rig.time.advance(length.plusMinutes(1));
    settleEqual();

    there.scheduled = Optional.of(rig.time.unixMillis() + length.toMillis());
    here.write("b", "content");
    there.work.userPause().end();
    settleEqual();
    assertThat(there.work.userPause().until()).isEmpty();
    there.scheduled = Optional.of(rig.time.unixMillis() + 2 * length.toMillis());
    assertThat(there.work.userPause().until()).as("until the end that was known").isEmpty();
    rig.time.advance(length);
    assertThat(there.work.userPause().until()).as("a later pause").isPresent();
  }

  @Test
  void pausedPeer_isNotFetchedFrom_whateverTheSize_untilItIsResumed() throws Exception {
    there.isAlone = true;
    here.write("small", "content");
    here.files.write("large", ScriptedPeer.bytes(1, 3_000_000));
    rig.settle();
    assertThat(there.tree()).isEmpty();
    assertThat(there.fetchedBytes()).isZero();
    assertThat(there.failures()).isEmpty();
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(2, 0, 0));

    there.isAlone = false;
    there.work.connected();
    settleEqual();
    assertThat(there.tree()).hasSize(2);
  }

  @Test
  void waitingPaths_peerConnects_onlyThoseItHasAreTriedAgain() throws Exception {
    SyncRig.Peer third = rig.peer("third", Mark.OWN);
    there.isAlone = true;
    third.isAlone = true;
    here.write("ours", "content");
    rig.settle();
    third.write("theirs", "other");
    rig.settle();
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(2, 0, 0));
    List<JobEnd> ends = new ArrayList<>();
    there.work.events().add(new RecordedEnds(ends));

    there.work.connected(third.rooted.global().identity().store());
    there.work();
    assertThat(ends).containsExactly(JobEnd.WAITING);
    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(2, 0, 0));

    there.isAlone = false;
    there.work.connected(third.rooted.global().identity().store());
    there.work();
    assertThat(there.tree()).containsOnlyKeys("theirs");
    assertThat(there.work.figures().waiting()).isEqualTo(1);
    there.work.connected(here.rooted.global().identity().store());
    there.work();
    assertThat(there.tree()).containsOnlyKeys("ours", "theirs");
  }

  /** A job of a blob has a fetch of its own while a peer is paused. */
  @Test
  void pausedPeer_contentToKeep_waitsAndComesWhole() throws Exception {
    there.mark("k", Mark.KEEP);
    there.isAlone = true;
    here.write("k", "content");
    rig.settle();
    assertThat(there.work.figures().waiting()).isEqualTo(1);
    assertThat(there.fetchedBytes()).isZero();

    there.isAlone = false;
    there.work.connected();
    rig.settle();
    assertThat(there.fetchedBytes()).isEqualTo(7);
    assertThat(there.work.figures().done()).isTrue();
  }

  @Test
  void holderAway_whatLiesInTheTrash_isMadeOfThat() throws Exception {
    here.write("a", "content");
    here.write("b", "stays");
    settleEqual();
    here.files.delete("a");
    settleEqual();
    assertThat(there.trash()).containsExactly("content");
    here.write("a", "content");
    here.scan();
    there.pull();
    here.rooted.disconnect();

    there.work();

    assertThat(there.tree().get("a")).endsWith("content");
    assertThat(there.trash()).containsExactly("content");
  }

  @Test
  void directoryWithIgnoredFiles_isLeft_listed_andGoesWithThem() throws Exception {
    here.files.createDirectory("a");
    here.write("a/f", "content");
    here.write("stays", "content");
    settleEqual();
    there.write("a/x.tmp", "ignored");
    here.files.delete("a");
    rig.settle();

    assertThat(there.tree()).containsOnlyKeys("a", "a/x.tmp", "stays");
    assertThat(there.failures().get("a")).contains("not shared");
    assertThat(here.tree()).containsOnlyKeys("stays");

    there.files.delete("a/x.tmp");
    rig.time.advance(Duration.ofHours(2));
    settleEqual();
  }

  @Test
  void directoryRemovedWhileAPeerAddsAFileInIt_isThereForTheFile_onBoth() throws Exception {
    here.files.createDirectory("a");
    here.write("a/f", "content");
    here.write("stays", "content");
    settleEqual();
    here.files.delete("a");
    here.scan();
    there.write("a/new", "new");
    settleEqual();
    assertThat(here.tree()).containsOnlyKeys("a", "a/new", "stays");

    there.files.delete("a/new");
    settleEqual();
    assertThat(here.tree()).containsOnlyKeys("stays");
  }

  @Test
  void fileAgainstDirectory_theDirectoryIsShown_andTheFileIsNotLost() throws Exception {
    here.write("a", "the file");
    here.scan();
    there.files.createDirectory("a");
    there.write("a/b", "in the directory");
    rig.settle();

    assertThat(here.tree()).isEqualTo(there.tree()).containsOnlyKeys("a", "a/b");
    assertThat(here.trash()).contains("the file");
  }

  /** Its blob may be the only copy for a path that shows the content without having it. */
  @Test
  void fileDisplacedByADirectory_everyPathThatShowsItsContent_refersToTheBlob() throws Exception {
    here.mark("z", Mark.WATCH);
    there.write("z", "content");
    rig.settle();
    assertThat(here.tree()).isEmpty();

    here.write("a", "content");
    here.scan();
    ContentHash hash = hash(here, "a");
    here.rooted
        .store()
        .write(writer -> {
          writer.putBlob(new BlobRow(hash, 7, writer.nextFileId(), ByteRanges.EMPTY));
        });
    there.files.createDirectory("a");
    rig.settle();

    assertThat(here.tree()).containsOnlyKeys("a");
    List<RelativePath> references =
        here.rooted.store().read(reader -> reader.blobReferences(hash, 9));
    assertThat(references).containsExactlyInAnyOrder(RelativePath.of("a"), RelativePath.of("z"));
  }

  /** It stays at its name; the root has room, so all else goes on. */
  @Test
  void noRoomInTheCacheForADisplacedFile_othersAreMadeAndRemoved() throws Exception {
    here.write("gone", "content");
    settleEqual();
    here.write("a", "the file");
    here.scan();
    here.rooted.blobs().capacity(0);
    there.files.createDirectory("a");
    there.files.delete("gone");
    there.write("z", "new");
    rig.settle();

    assertThat(here.tree()).containsOnlyKeys("a", "z");
    assertThat(here.files.read("a")).asString().isEqualTo("the file");
    assertThat(here.failures()).containsOnlyKeys("a");

    here.rooted.blobs().capacity(1 << 20);
    rig.time.advance(Duration.ofMinutes(1));
    settleEqual();
  }

  private static ContentHash hash(SyncRig.Peer peer, String path) throws Exception {
    return ((Content.File) peer.rooted.state(RelativePath.of(path)).shown().content()).hash();
  }

  @Test
  void markedWhileItRuns_pathsBecomeReal_andAreGivenUpAgain() throws Exception {
    SyncRig.Peer viewer = rig.peer("viewer", Mark.WATCH);
    here.files.createDirectory("a");
    here.write("a/f", "content");
    here.write("b", "content");
    rig.settle();
    assertThat(viewer.tree()).isEmpty();

    viewer.mark("a", Mark.OWN);
    rig.settle();
    assertThat(viewer.tree()).containsOnlyKeys("a", "a/f");

    viewer.mark("a", null);
    rig.settle();
    assertThat(viewer.tree()).containsOnlyKeys("a", "a/f");
    rig.time.advance(Duration.ofMinutes(10));
    rig.settle();
    assertThat(viewer.tree()).containsOnlyKeys("a");
    assertThat(here.tree()).hasSize(3);
    assertThat(viewer.trash()).containsExactly("content");
  }

  @Test
  void markedBelowADirectoryThatIsNotMarked_becomesRealInIt() throws Exception {
    SyncRig.Peer viewer = rig.peer("viewer", Mark.WATCH);
    here.files.createDirectory("a");
    here.files.createDirectory("a/b");
    here.files.createDirectory("a/b/c");
    here.files.mode("a/b", 0750);
    here.write("a/b/c/f", "content");
    here.write("a/b/g", "other");
    here.write("a/h", "not marked");
    rig.settle();
    assertThat(viewer.tree()).isEmpty();

    viewer.mark("a/b/c", Mark.OWN);
    viewer.mark("a/b/g", Mark.OWN);
    viewer.mark("a/b/later", Mark.OWN);
    rig.settle();
    here.write("a/b/later", "new");
    rig.settle();

    Map<String, String> wanted = here.tree();
    wanted.remove("a/h");
    assertThat(viewer.tree()).isEqualTo(wanted);
    assertThat(viewer.failures()).isEmpty();

    here.files.delete("a/b/c/f");
    here.files.delete("a/b/c");
    here.files.delete("a/b/g");
    here.files.delete("a/b/later");
    here.files.delete("a/b");
    rig.settle();
    assertThat(viewer.tree()).containsOnlyKeys("a");
    settleEqual();
  }

  @Test
  void fileThatOnlyAWatcherHas_staysUntilAnOwnerHasIt() throws Exception {
    SyncRig.Peer viewer = rig.peer("viewer", Mark.WATCH);
    viewer.write("new", "content");
    rig.settle();
    assertThat(here.tree()).containsOnlyKeys("new");
    assertThat(viewer.tree()).containsOnlyKeys("new");

    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
    assertThat(viewer.tree()).isEmpty();
    assertThat(here.tree()).containsOnlyKeys("new");
    assertThat(there.tree()).containsOnlyKeys("new");
  }

  @Test
  void kept_contentIsFetchedWhole_andAnnounced() throws Exception {
    SyncRig.Peer keeper = rig.peer("keeper", Mark.KEEP);
    here.write("a", "content");
    rig.settle();

    assertThat(keeper.tree()).isEmpty();
    assertThat(keeper.rooted.blobs().cachedBytes()).isEqualTo(7);
  }

  @Test
  void keptFromNowOn_whatIsHereAlready_isAnnounced() throws Exception {
    SyncRig.Peer viewer = rig.peer("viewer", Mark.WATCH);
    here.files.createDirectory("a");
    here.files.symbolicLink("a/link", "target");
    rig.settle();
    assertThat(viewer.head()).isZero();

    viewer.mark("a", Mark.KEEP);
    rig.settle();

    assertThat(viewer.head()).isEqualTo(2);
    assertThat(here.rooted.state(RelativePath.of("a/link")).reports())
        .containsKey(viewer.rooted.global().identity().store());
  }

  /**
   * What was only heard of was not seen in the root: a file that is made there replaces nothing.
   */
  @Test
  void watcherMakesAFile_whereItsOlderOneWasTakenAway_isAConflict() throws Exception {
    SyncRig.Peer viewer = rig.peer("viewer", Mark.WATCH);
    viewer.write("a", "first");
    rig.settle();
    here.write("a", "second");
    rig.settle();
    assertThat(viewer.tree()).isEmpty();

    viewer.write("a", "another");
    rig.settle();

    assertThat(here.tree().get("a")).endsWith("second");
    assertThat(viewer.tree().get("a")).endsWith("another");
  }

  @Test
  void bothChangeOneFile_bothStay_andBothAreFetched() throws Exception {
    here.write("a", "first");
    settleEqual();
    here.write("a", "of here");
    there.write("a", "of there");
    rig.settle();

    assertThat(here.tree().get("a")).endsWith("of here");
    assertThat(there.tree().get("a")).endsWith("of there");
    assertThat(here.rooted.blobs().cachedBytes()).isEqualTo("of there".length());
  }

  /** A promise changes the version, and so is told to the dropper: no cause to ask for another. */
  @Test
  void filesOfAPrivateRoot_stay_untilTheirRoomIsNeeded_theOldestGoesFirst_andIsPinned()
      throws Exception {
    SyncRig.Peer laptop = rig.privatePeer("laptop", Mark.WATCH);
    laptop.write("old", "0123456789");
    rig.time.advance(Duration.ofMinutes(1));
    laptop.write("new", "abcdefghij");
    rig.settle();
    assertThat(here.tree()).containsKeys("old", "new");
    for (int i = 0; i < 3; i++) {
      rig.time.advance(Duration.ofHours(1));
      rig.settle();
    }
    assertThat(laptop.tree()).containsOnlyKeys("old", "new");

    laptop.limitBytes = 15;
    rig.time.advance(Duration.ofMinutes(11)); // the test has read them
    rig.settle();
    assertThat(laptop.tree()).containsOnlyKeys("new");
    laptop.limitBytes = 10;
    rig.time.advance(Duration.ofHours(1));
    rig.settle();
    assertThat(laptop.tree()).containsOnlyKeys("new");
    assertThat(here.tree()).containsKeys("old", "new");
  }

  @Test
  void filesOfAPrivateRoot_thatAreOnlyHere_exceedTheLimits_andAreListed() throws Exception {
    SyncRig.Peer laptop = rig.privatePeer("laptop", Mark.WATCH);
    laptop.write("only", "0123456789");
    laptop.limitBytes = 5;
    laptop.scan();
    assertThat(laptop.work()).isTrue();
    rig.time.advance(Duration.ofMinutes(11));
    assertThat(laptop.work()).isTrue();
    rig.time.advance(Duration.ofMinutes(2));
    boolean ignored = laptop.work();
    assertThat(laptop.tree()).containsOnlyKeys("only");
    assertThat(laptop.failures().values()).anyMatch(cause -> cause.contains("more room than"));

    rig.settle();
    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
    assertThat(laptop.tree()).isEmpty();
    laptop.limitBytes = Long.MAX_VALUE;
    laptop.write("more", "0123456789");
    rig.settle();
    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
    assertThat(laptop.failures()).isEmpty();
  }

  /** More files that nobody else keeps than are waited for at a time do not hide the others. */
  @Test
  void filesOfAPrivateRoot_moreThanAreWaitedFor_thoseThatPeersKeepAreFoundAllTheSame()
      throws Exception {
    SyncRig.Peer laptop = rig.privatePeer("laptop", Mark.WATCH);
    here.mark("mine", Mark.WATCH);
    there.mark("mine", Mark.WATCH);
    laptop.files.createDirectory("mine");
    laptop.files.createDirectory("shared");
    for (int i = 0; i < 2 * SyncRig.Peer.QUIET_FILES; i++) {
      laptop.write("mine/" + i, "0123456789");
    }
    rig.time.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 2 * SyncRig.Peer.QUIET_FILES; i++) {
      laptop.write("shared/" + i, "0123456789");
    }
    rig.settle();
    laptop.limitBytes = 0;
    for (int i = 0; i < 10; i++) {
      rig.time.advance(Duration.ofMinutes(11));
      rig.settle();
    }
    Set<String> left = laptop.tree().keySet();
    assertThat(left).contains("mine/0", "mine/5").noneMatch(path -> path.startsWith("shared/"));
    assertThat(laptop.failures().values()).anyMatch(cause -> cause.contains("more room than"));

    here.mark("mine", Mark.OWN);
    for (int i = 0; i < 10; i++) {
      rig.time.advance(Duration.ofMinutes(31));
      rig.settle();
    }
    assertThat(laptop.tree().keySet()).noneMatch(path -> path.startsWith("mine/"));
    assertThat(here.tree()).containsKeys("mine/0", "mine/5", "shared/0");
  }

  @Test
  void privateRoot_markedOwn_keepsWhatPeersHave_asBlobs() throws Exception {
    SyncRig.Peer laptop = rig.privatePeer("laptop", Mark.OWN);
    here.write("theirs", "0123456789");
    laptop.write("mine", "abcdefghij");
    rig.settle();
    assertThat(laptop.tree()).containsOnlyKeys("mine");
    assertThat(laptop.rooted.blobs().cachedBytes()).isEqualTo(10);
    laptop.limitBytes = 0;
    rig.time.advance(Duration.ofMinutes(20));
    rig.settle();
    assertThat(laptop.tree()).containsOnlyKeys("mine");
  }

  @Test
  void watchedFile_fewerPeersKeepItThanMust_itStaysInSilence() throws Exception {
    SyncRig.Peer watcher = rig.peer("watcher", Mark.WATCH, 3);
    watcher.write("a", "content");
    rig.settle();
    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
    assertThat(watcher.tree()).containsOnlyKeys("a");
    long head = here.head();

    rig.time.advance(Duration.ofHours(5));
    rig.settle();
    assertThat(here.head()).as("nobody was asked").isEqualTo(head);

    rig.peer("third", Mark.OWN);
    rig.settle();
    assertThat(watcher.tree()).isEmpty();
  }

  @Test
  void keptFile_hasNoRoomInTheCache_staysInSilenceUntilThereIsSome() throws Exception {
    there.write("a", "content");
    rig.settle();
    there.mark("a", Mark.KEEP);
    there.rooted.blobs().capacity(0);
    long head = here.head();
    pullAndWork(120);
    assertThat(there.tree()).containsOnlyKeys("a");
    assertThat(here.head() - head).as("times that it was asked").isBetween(1L, 9L);

    there.rooted.blobs().capacity(1 << 20);
    pullAndWork(65);
    assertThat(there.tree()).isEmpty();
    assertThat(there.rooted.blobs().cachedBytes()).isEqualTo(7);
  }

  private void pullAndWork(int minutes) throws Exception {
    for (int minute = 0; minute < minutes; minute++) {
      rig.time.advance(Duration.ofMinutes(1));
      here.pull();
      there.pull();
      there.work();
    }
  }

  /** The bytes of the watcher's file are nowhere else, and nobody has promised to keep them. */
  @Test
  void watchedFile_directoryIsShownInItsPlace_itStays() throws Exception {
    SyncRig.Peer watcher = rig.peer("watcher", Mark.WATCH);
    here.isAlone = true;
    there.isAlone = true;
    watcher.write("a", "the file");
    here.files.createDirectory("a");
    rig.settle();
    rig.time.advance(Duration.ofHours(1));
    rig.settle();

    assertThat(watcher.rooted.state(RelativePath.of("a")).shown().content())
        .isEqualTo(new Content.Directory());
    assertThat(watcher.tree().get("a")).endsWith("the file");
  }

  @Test
  void mostFilesRemovedAtOnce_areHeld_andStay() throws Exception {
    for (int i = 0; i < 5; i++) {
      here.write("f" + i, "content " + i);
    }
    settleEqual();
    for (int i = 0; i < 5; i++) {
      here.files.delete("f" + i);
    }
    rig.settle();

    assertThat(there.tree()).hasSize(5);
  }

  /** All files of here are removed there, the last ones too many: none is fetched for that. */
  private void removeAllInSteps() throws Exception {
    byte[] bytes = ScriptedPeer.bytes(3, 3_000_000);
    here.files.write("large", bytes);
    here.files.createDirectory("a");
    here.write("a/small", "content");
    here.write("last", "content of the last");
    settleEqual();
    here.files.delete("large");
    here.files.delete("a/small");
    here.files.delete("a");
    settleEqual();
    assertThat(there.tree()).containsOnlyKeys("last");
    here.files.delete("last");
  }

  @Test
  void tooManyFilesRemoved_thoseRemovedBefore_comeBackFromTheTrash() throws Exception {
    removeAllInSteps();
    long fetched = there.fetchedBytes();

    rig.settle();

    assertThat(there.tree()).containsOnlyKeys("a", "a/small", "large", "last");
    assertThat(there.tree().get("a/small")).endsWith("content");
    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    assertThat(there.failures()).containsOnlyKeys("a/small", "large", "last");
    assertThat(here.tree()).isEmpty();
  }

  @Test
  void tooManyFilesRemoved_confirmed_goAgain() throws Exception {
    removeAllInSteps();
    rig.settle();

    assertThat(there.receiver.held().confirm()).isEqualTo(3);
    settleEqual();

    assertThat(there.tree()).isEmpty();
  }

  @Test
  void tooManyFilesRemoved_rejected_comeBackOnTheOther() throws Exception {
    removeAllInSteps();
    rig.settle();

    assertThat(there.receiver.held().reject(there.rooted.global())).isEqualTo(3);
    settleEqual();

    assertThat(here.tree()).containsOnlyKeys("a", "a/small", "large", "last");
  }

  /** Whoever keeps the files wins, however the decisions cross. */
  @Test
  void tooManyFilesRemoved_confirmedAndRejectedOnTwoPeersAtOnce_areThereOnAll() throws Exception {
    SyncRig.Peer third = rig.peer("third", Mark.OWN);
    removeAllInSteps();
    rig.settle();
    assertThat(third.tree()).isEqualTo(there.tree()).hasSize(4);

    there.receiver.held().confirm();
    third.receiver.held().reject(third.rooted.global());
    settleEqual();

    assertThat(third.failures()).isEmpty();
    assertThat(third.tree()).isEqualTo(there.tree()).hasSize(4);
  }

  @Test
  void tooManyFilesRemoved_rejectedOnTwoPeersAtOnce_areThereOnAll() throws Exception {
    SyncRig.Peer third = rig.peer("third", Mark.OWN);
    removeAllInSteps();
    rig.settle();

    there.receiver.held().reject(there.rooted.global());
    third.receiver.held().reject(third.rooted.global());
    settleEqual();

    assertThat(third.failures()).isEmpty();
    assertThat(third.tree()).isEqualTo(there.tree()).hasSize(4);
  }

  /** Each file was replaced, and is again what it was, whatever its size. */
  @Test
  void tooManyFilesReplaced_thoseReplacedBefore_comeBackFromTheTrash() throws Exception {
    for (int i = 0; i < 105; i++) {
      here.write("f" + i, "content " + i);
    }
    here.files.write("large", ScriptedPeer.bytes(3, 3_000_000));
    settleEqual();
    Map<String, String> before = there.tree();
    here.files.write("large", ScriptedPeer.bytes(4, 3_000_000));
    for (int i = 0; i < 90; i++) {
      here.write("f" + i, "encrypted " + i);
    }
    settleEqual();
    long fetched = there.fetchedBytes();

    for (int i = 90; i < 105; i++) {
      here.write("f" + i, "encrypted " + i);
    }
    rig.settle();

    assertThat(there.tree()).isEqualTo(before);
    assertThat(there.fetchedBytes()).isEqualTo(fetched);
    assertThat(there.receiver.held().reject(there.rooted.global())).isEqualTo(106);
    rig.settle();
    assertThat(here.receiver.held().confirm()).as("as many replaced here").isEqualTo(106);
    settleEqual();
    assertThat(here.tree()).isEqualTo(before);
  }

  @Test
  void diskFull_someRoomStaysFree_andTheRestIsMadeOnceThereIsMore() throws Exception {
    there.disk.capacity(1_000_000);
    for (int i = 0; i < 12; i++) {
      here.files.write("f" + i, ScriptedPeer.bytes(i, 100_000));
    }
    rig.settle();
    assertThat(there.tree()).hasSizeBetween(7, 9);
    assertThat(there.disk.usage().availableBytes()).isGreaterThanOrEqualTo(50_000);
    assertThat(there.failures()).hasSize(12 - there.tree().size());

    there.disk.capacity(10_000_000);
    rig.time.advance(Duration.ofHours(2));
    settleEqual();
  }

  /** What is removed may be what makes room. */
  @Test
  void diskFullWhileAFileIsMade_othersWaitAndRemovalsGoOn() throws Exception {
    here.write("changed", "first");
    here.write("gone", "content");
    here.write("moved", "moved");
    settleEqual();
    here.write("changed", "second");
    here.write("made", "new");
    here.files.rename("moved", "other");
    here.files.delete("gone");
    here.scan();
    there.pull(1);
    there.disk.failAfter(0, new DiskFullException("no room"));
    there.work();
    assertThat(there.failures()).containsOnlyKeys("changed");

    there.pull();
    there.work();
    assertThat(there.tree()).containsOnlyKeys("changed", "gone", "other");
    rig.time.advance(Duration.ofSeconds(2));
    there.work();
    assertThat(there.tree()).containsOnlyKeys("changed", "other");
    assertThat(there.files.read("changed")).asString().isEqualTo("first");
    assertThat(there.work.figures().files()).as("wait, and count").isEqualTo(1);

    rig.time.advance(Duration.ofSeconds(15));
    settleEqual();
  }

  @Test
  void tooLittleIsFreeForSomeFiles_othersAreMade_andTheyAreOnceThereIsMore() throws Exception {
    there.disk.capacity(3_000_000);
    here.write("edited", "first");
    here.write("moved", "moved");
    here.write("removed", "removed");
    here.files.write("a-large", ScriptedPeer.bytes(1, 4_000_000));
    here.files.write("b-large", ScriptedPeer.bytes(2, 4_000_000));
    rig.settle();
    assertThat(there.failures()).containsOnlyKeys("a-large", "b-large");
    assertThat(there.failures().get("a-large"))
        .isEqualTo("make 'a-large': too little is free on the root's disk");

    here.write("edited", "second");
    here.files.rename("moved", "other");
    here.files.delete("removed");
    here.files.write("c-large", ScriptedPeer.bytes(3, 4_000_000));
    rig.settle();

    Map<String, String> wanted = here.tree();
    wanted.keySet().removeIf(name -> name.endsWith("-large"));
    assertThat(there.tree()).isEqualTo(wanted);
    assertThat(there.fetchedBytes()).as("no large one was fetched").isLessThan(1_000);

    there.disk.capacity(30_000_000);
    rig.time.advance(Duration.ofSeconds(15));
    settleEqual();
  }

  @Test
  void failedBefore_andNowNobodyHasIt_waitsAndIsNoFailure() throws Exception {
    there.disk.capacity(1_000_000);
    here.files.write("large", ScriptedPeer.bytes(1, 4_000_000));
    rig.settle();
    assertThat(there.failures()).containsOnlyKeys("large");

    there.isAlone = true;
    there.disk.capacity(30_000_000);
    rig.time.advance(Duration.ofSeconds(15));
    there.work();

    assertThat(there.work.figures()).isEqualTo(SyncFigures.idle(1, 0, 0));
    assertThat(there.failures()).isEmpty();
  }

  /** Stopped before any effect on the disk, the next life ends with the same. */
  @Test
  void killedAnywhere_endsWithEqualRoots() throws Exception {
    for (int stop = 1; ; stop++) {
      try (SyncRig again = new SyncRig()) {
        SyncRig.Peer from = again.peer("from", Mark.OWN);
        SyncRig.Peer to = again.peer("to", Mark.OWN);
        from.files.createDirectory("a");
        from.write("a/b", "first");
        from.write("c", "moved");
        from.write("d", "removed");
        from.files.symbolicLink("e", "c");
        again.settle();
        from.write("a/b", "second");
        from.files.rename("c", "a/c");
        from.files.delete("d");
        from.files.delete("e");
        from.files.createDirectory("e");
        from.write("e/f", "new");
        from.files.mode("a", 0700);
        from.scan();
        long before = to.disk.effects();
        to.disk.powerOffAfter(stop);
        to.pull();
        to.work();
        again.time.advance(Duration.ofSeconds(2)); // removals come after a moment
        to.work();
        boolean isStopped = to.disk.effects() - before >= stop;
        to.disk.kill();
        to.restart();
        again.settle();
        assertThat(to.tree()).as("stopped before effect %d", stop).isEqualTo(from.tree());
        assertThat(to.failures()).as("stopped before effect %d", stop).isEmpty();
        assertThat(to.trash()).as("stopped before effect %d", stop).containsAll(List.of("removed"));
        if (!isStopped) {
          assertThat(stop).isGreaterThan(20);
          return;
        }
      }
    }
  }
}
