package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.realize.sync.index.IndexerRig.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.index.IndexerRig.StoppingStore;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.PathStates;

class IndexerTest {

  private static final Content DIRECTORY = new Content.Directory();

  private final IndexerRig rig = new IndexerRig();

  IndexerTest() throws Exception {}

  @Test
  void scan_newRoot_findsFilesDirectoriesAndLinks() throws Exception {
    rig.user.createDirectory("d");
    rig.user.createDirectory("d/empty");
    rig.write("d/a", "1");
    rig.user.symbolicLink("link", "d/a");
    Indexer.IndexOutcome outcome = rig.scan();
    assertThat(rig.tree())
        .isEqualTo(
            Map.of(
                "d",
                DIRECTORY,
                "d/empty",
                DIRECTORY,
                "d/a",
                file("1"),
                "link",
                new Content.Link("d/a")));
    assertThat(outcome.changes()).isEqualTo(4);
    assertThat(outcome.paused()).isEmpty();
    assertThat(rig.indexer.scanned()).isTrue();
    assertThat(rig.known("d/a").shown().found()).isTrue();
    assertThat(rig.watched)
        .extracting(RelativePath::toString)
        .containsExactlyInAnyOrder("", "d", "d/empty");
  }

  @Test
  void scan_nothingChanged_readsNoFileAndTellsNothing() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.scan();
    long head = rig.headSeq();
    assertThat(rig.start().scan().changes()).isZero();
    assertThat(reads("d/a")).isEqualTo(1);
    assertThat(rig.headSeq()).isEqualTo(head);
  }

  @Test
  void look_fileEdited_makesAVersionOnTheOldOne() throws Exception {
    rig.write("a", "1");
    rig.scan();
    PathState before = rig.known("a");
    rig.write("a", "2");
    assertThat(rig.look("a").changes()).isEqualTo(1);
    PathState after = rig.known("a");
    assertThat(after.shown().content()).isEqualTo(file("2"));
    assertThat(after.shown().vector().compare(before.shown().vector())).isEqualTo(Order.AFTER);
    assertThat(after.shown().basis()).isEqualTo(((Content.File) file("1")).hash());
    assertThat(after.shown().found()).isFalse();
    assertThat(after.announcedSeq()).isGreaterThan(before.announcedSeq());
  }

  @Test
  void look_modeOrTimeChanged_stampsMetadataOnly() throws Exception {
    rig.write("a", "1");
    rig.scan();
    PathState before = rig.known("a");
    rig.user.mode("a", 0600);
    rig.look("a");
    PathState after = rig.known("a");
    assertThat(after.shown()).isEqualTo(before.shown());
    assertThat(after.metadata().mode()).isEqualTo(0600);
    assertThat(after.metadata().modeStamp()).isGreaterThan(before.metadata().modeStamp());
    rig.user.mtime("a", new FileTime(5, 0));
    rig.look("a");
    assertThat(rig.known("a").metadata().mtime()).isEqualTo(new FileTime(5, 0));
    assertThat(rig.known("a").shown()).isEqualTo(before.shown());
  }

  @Test
  void look_timeOutsideOfCountableNanoseconds_isKeptExactly() throws Exception {
    rig.write("a", "1");
    rig.scan();
    for (long seconds : new long[] {-11_676_096_000L, 16_725_225_600L, -1L << 60}) {
      FileTime time = new FileTime(seconds, 999_999_999);
      rig.user.mtime("a", time);
      rig.look("a");
      PathState after = rig.known("a");
      assertThat(after.metadata().mtime()).isEqualTo(time);
      assertThat(rig.disk.stat(RelativePath.of("a")).orElseThrow().mtime()).isEqualTo(time);
      assertThat(rig.look("a").changes()).isZero();
    }
  }

  @Test
  void look_fileTouchedButEqual_keepsItsVersion() throws Exception {
    rig.write("a", "1");
    rig.scan();
    PathState before = rig.known("a");
    rig.write("a", "1");
    rig.look("a");
    assertThat(rig.known("a").shown()).isEqualTo(before.shown());
  }

  @Test
  void look_fileRemoved_leavesATombstone() throws Exception {
    rig.write("a", "1");
    rig.scan();
    PathState before = rig.known("a");
    rig.user.delete("a");
    assertThat(rig.look("a").changes()).isEqualTo(1);
    PathState after = rig.known("a");
    assertThat(after.shown().isTombstone()).isTrue();
    assertThat(after.shown().vector().compare(before.shown().vector())).isEqualTo(Order.AFTER);
    assertThat(rig.look("a").changes()).isZero();
  }

  @Test
  void look_directoryRemoved_leavesTombstonesBelowIt() throws Exception {
    rig.user.createDirectory("d");
    rig.user.createDirectory("d/e");
    rig.write("d/e/a", "1");
    rig.scan();
    rig.user.delete("d");
    assertThat(rig.look("d/e/a").changes()).isEqualTo(3);
    assertThat(rig.tree()).isEmpty();
  }

  @Test
  void look_directoryMoved_removesAndAdds_withItsOrigin() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.write("d/b", "2");
    rig.scan();
    rig.user.rename("d", "e");
    rig.look("d", "e");
    assertThat(rig.tree()).isEqualTo(Map.of("e", DIRECTORY, "e/a", file("1"), "e/b", file("2")));
    assertThat(rig.known("e/a").shown().from()).isEqualTo(RelativePath.of("d/a"));
  }

  @Test
  void look_directoryMoved_announcesEachFileAndThenItsOldName_directoriesFirstAndLast()
      throws Exception {
    rig.user.createDirectory("d");
    rig.user.createDirectory("d/s");
    rig.write("d/a", "1");
    rig.write("d/s/b", "2");
    rig.scan();
    rig.user.rename("d", "e");
    rig.look("d", "e");
    List<String> order = List.of("e", "e/a", "d/a", "e/s", "e/s/b", "d/s/b", "d/s", "d");
    assertThat(order).isSortedAccordingTo(Comparator.comparingLong(this::announcedSeq));
    assertThat(rig.known("e").shown().from()).isEqualTo(RelativePath.of("d"));
    assertThat(rig.known("e/s").shown().from()).isEqualTo(RelativePath.of("d/s"));
  }

  private long announcedSeq(String path) {
    try {
      return rig.known(path).announcedSeq();
    } catch (RealizeException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The old names are looked at in any case before they are said to be gone. */
  @Test
  void look_directoryMovedAndSomethingPutAtAnOldName_thatIsFound() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.write("d/b", "2");
    rig.scan();
    rig.user.rename("d", "e");
    rig.user.createDirectory("d");
    rig.write("d/a", "new");
    rig.look("e");
    assertThat(rig.tree()).containsEntry("e/a", file("1")).containsEntry("e/b", file("2"));
    assertThat(rig.tree()).doesNotContainKey("d/b");
    rig.look("d");
    assertThat(rig.tree()).containsEntry("d/a", file("new"));
    assertThat(rig.known("d/a").shown().from()).isNull();
  }

  @Test
  void look_onlyTheNewNameOfAMovedDirectory_findsAllBelowIt() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.scan();
    rig.user.rename("d", "e");
    rig.look("e");
    assertThat(rig.tree().keySet()).containsExactlyInAnyOrder("d", "e", "e/a");
    rig.look("d");
    assertThat(rig.tree().keySet()).containsExactlyInAnyOrder("e", "e/a");
  }

  @Test
  void look_directoryReplacedByAnother_isSeenFromANameInIt() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/old", "1");
    rig.user.createDirectory("other");
    rig.write("other/new", "2");
    rig.scan();
    rig.user.delete("d");
    rig.user.rename("other", "d");
    rig.look("d/new");
    assertThat(rig.tree()).containsEntry("d/new", file("2")).doesNotContainKey("d/old");
  }

  @Test
  void look_kindsChangeInEveryDirection_followsThem() throws Exception {
    rig.user.createDirectory("x");
    rig.write("x/a", "1");
    rig.scan();
    rig.user.delete("x");
    rig.write("x", "file");
    rig.look("x");
    assertThat(rig.tree()).isEqualTo(Map.of("x", file("file")));
    rig.user.delete("x");
    rig.user.symbolicLink("x", "there");
    rig.look("x");
    assertThat(rig.tree()).isEqualTo(Map.of("x", new Content.Link("there")));
    rig.user.delete("x");
    rig.user.createDirectory("x");
    rig.write("x/b", "2");
    rig.look("x");
    assertThat(rig.tree()).isEqualTo(Map.of("x", DIRECTORY, "x/b", file("2")));
    rig.user.delete("x");
    rig.user.symbolicLink("x", "there");
    rig.look("x/b");
    assertThat(rig.tree()).isEqualTo(Map.of("x", new Content.Link("there")));
    rig.user.delete("x");
    rig.write("x", "again");
    rig.look("x");
    assertThat(rig.tree()).isEqualTo(Map.of("x", file("again")));
  }

  @Test
  void look_nameBelowAnUnknownDirectory_findsTheDirectory() throws Exception {
    rig.scan();
    rig.user.createDirectory("d");
    rig.user.createDirectory("d/e");
    rig.write("d/e/a", "1");
    rig.write("d/b", "2");
    rig.look("d/e/a");
    assertThat(rig.tree().keySet()).containsExactlyInAnyOrder("d", "d/e", "d/e/a", "d/b");
  }

  @Test
  void look_fileChangedDuringHashing_doesNotCountAndComesAgain() throws Exception {
    rig.scan();
    rig.write("a", "one");
    rig.troubled.duringRead.put(
        RelativePath.of("a"),
        () -> {
          rig.time.advance(Duration.ofMillis(1));
          rig.user.write("a", IndexerRig.bytes("two"));
        });
    Indexer.IndexOutcome outcome = rig.look("a");
    assertThat(outcome.again()).containsExactly(RelativePath.of("a"));
    assertThat(rig.state("a")).isNull();
    assertThat(rig.look("a").again()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("two")));
  }

  @Test
  void look_fileShrinksOrGoesDuringHashing_comesAgain() throws Exception {
    rig.scan();
    rig.write("a", "x".repeat(3 * TreeShape.BLOCK_BYTES));
    rig.troubled.duringRead.put(RelativePath.of("a"), () -> rig.user.write("a", new byte[] {1}));
    assertThat(rig.look("a").again()).containsExactly(RelativePath.of("a"));
    rig.troubled.duringRead.put(RelativePath.of("a"), () -> rig.user.delete("a"));
    assertThat(rig.look("a").changes()).isLessThanOrEqualTo(1);
    rig.look("a");
    assertThat(rig.tree()).isEmpty();
  }

  @Test
  void look_largeFileChangedEarly_isGivenUpSoon() throws Exception {
    rig.scan();
    RelativePath a = RelativePath.of("a");
    try (DiskFile file = rig.disk.open(a, Disk.OpenMode.CREATE_NEW)) {
      file.truncate(1L << 40);
      file.write(ByteBuffer.wrap(new byte[] {1}), 0);
    }
    rig.troubled.duringRead.put(a, () -> rig.user.mode("a", 0600));
    assertThat(rig.look("a").again()).containsExactly(a);
  }

  @Test
  void look_changeWithinTheSameTick_isFoundBecauseOfTheTwoSeconds() throws Exception {
    rig.scan();
    rig.write("a", "one");
    rig.indexer.look(Set.of(RelativePath.of("a")));
    rig.write("a", "two");
    rig.indexer.look(Set.of(RelativePath.of("a")));
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("two")));
  }

  @Test
  void scan_fileHashedWithinTwoSeconds_isHashedOnceMore_andThenTrusted() throws Exception {
    rig.scan();
    rig.write("a", "one");
    rig.indexer.scan();
    long head = rig.headSeq();
    assertThat(reads("a")).isEqualTo(1);
    rig.scan();
    assertThat(reads("a")).isEqualTo(2);
    rig.scan();
    assertThat(reads("a")).isEqualTo(2);
    assertThat(rig.headSeq()).isEqualTo(head);
  }

  @Test
  void look_clockJumpsBack_changesAreStillFoundAndNewer() throws Exception {
    rig.write("a", "1");
    rig.scan();
    PathState before = rig.known("a");
    rig.time.jumpTo(1_000_000_000_000L);
    rig.write("a", "2");
    rig.look("a");
    PathState after = rig.known("a");
    assertThat(after.shown().content()).isEqualTo(file("2"));
    assertThat(after.shown().vector().compare(before.shown().vector())).isEqualTo(Order.AFTER);
    assertThat(after.metadata().mtimeStamp()).isGreaterThan(before.metadata().mtimeStamp());
  }

  @Test
  void look_hardLinks_areEqualContents_hashedOnce() throws Exception {
    rig.write("a", "1");
    rig.user.hardLink("b", "a");
    rig.user.hardLink("c", "a");
    rig.scan();
    assertThat(reads("a") + reads("b") + reads("c")).isEqualTo(1);
    rig.write("a", "2");
    rig.look("a");
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("2"), "b", file("2"), "c", file("2")));
    assertThat(reads("a") + reads("b") + reads("c")).isEqualTo(2);
  }

  @Test
  void scan_largeFile_storesTheNodesOfItsTree() throws Exception {
    byte[] bytes = new byte[3 * TreeShape.BLOCK_BYTES + 5];
    new Random(7).nextBytes(bytes);
    rig.user.write("a", bytes);
    rig.scan();
    Content.File content = (Content.File) rig.known("a").shown().content();
    assertThat(content.hash()).isEqualTo(TreeHasher.hash(bytes));
    Optional<byte[]> node = rig.store.read(r -> r.treeNode(content.hash(), 1, 0));
    assertThat(node).hasValueSatisfying(hashes -> assertThat(hashes).hasSize(4 * 32));
  }

  @Test
  void scan_crashBetweenBatches_isCompletedByTheNext() throws Exception {
    int files = 5000;
    for (int i = 0; i < files; i++) {
      rig.write("f" + i, "content " + i);
    }
    rig.time.advance(Duration.ofSeconds(10));
    for (int life = 0; life < 4; life++) { // the stamps of the root are commits, too
      Indexer crashing = rig.on(new StoppingStore(rig.store, 1 + life));
      assertThatThrownBy(crashing::scan).isInstanceOf(StorageFailed.class);
    }
    assertThat(rig.tree()).hasSizeBetween(1, files - 1);
    rig.start().scan();
    assertThat(rig.tree()).hasSize(files).containsEntry("f4999", file("content 4999"));
    assertThat(rig.known("f0").shown().found()).isTrue();
    assertThat(rig.start().scan().changes()).isZero();
  }

  @Test
  void look_whatTheProgramItselfCommitted_makesNoEcho() throws Exception {
    rig.write("a", "1");
    rig.scan();
    long head = rig.headSeq();
    assertThat(rig.look("a", "").changes()).isZero();
    assertThat(rig.headSeq()).isEqualTo(head);
  }

  @Test
  void scan_oddNames_areAllowed() throws Exception {
    for (String name : Set.of("a:b", "a\\b", "ä ö", "line\nbreak", "..x", " ")) {
      rig.write(name, name);
    }
    rig.scan();
    assertThat(rig.tree()).hasSize(6).containsEntry("line\nbreak", file("line\nbreak"));
  }

  @Test
  void scan_devicesAndUndecodableNames_areSkippedAndListed() throws Exception {
    rig.user.createDirectory("d");
    rig.user.fifo("d/pipe");
    rig.user.undecodable("d", "x");
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly("d");
    Map<String, String> skipped = rig.findings(FindingKind.SKIPPED);
    assertThat(skipped).hasSize(2).containsKey("d/pipe");
    rig.user.delete("d/pipe");
    rig.write("d/pipe", "now a file");
    rig.look("d/pipe");
    assertThat(rig.findings(FindingKind.SKIPPED)).hasSize(1).doesNotContainKey("d/pipe");
    rig.user.delete("d");
    rig.look("d");
    assertThat(rig.findings(FindingKind.SKIPPED)).isEmpty();
  }

  @Test
  void look_fileReplacedByAFifo_isRemovedAndSkipped() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.delete("a");
    rig.user.fifo("a");
    rig.look("a");
    assertThat(rig.tree()).isEmpty();
    assertThat(rig.findings(FindingKind.SKIPPED)).containsKey("a");
  }

  @Test
  void scan_filesOfTheNodeItself_areNeverIndexed_whereverTheyLie() throws Exception {
    rig.user.write("node.key", new byte[] {1});
    rig.user.createDirectory("state");
    rig.user.write("state/store", new byte[] {2});
    rig.user.write("other", new byte[] {3});
    long key = rig.disk.stat(RelativePath.of("node.key")).orElseThrow().fileKey();
    long state = rig.disk.stat(RelativePath.of("state")).orElseThrow().fileKey();
    rig.own = stat -> stat.fileKey() == key || stat.fileKey() == state;
    rig.start();
    assertThat(rig.scan().changes()).isEqualTo(1);
    assertThat(rig.findings(FindingKind.SKIPPED)).containsOnlyKeys("node.key", "state");
    rig.user.rename("node.key", "d.txt");
    assertThat(rig.look("node.key", "d.txt", "state/store").changes()).isZero();
    assertThat(rig.findings(FindingKind.SKIPPED)).containsOnlyKeys("d.txt", "state");
  }

  @Test
  void scan_moreSkippedNamesThanAreListed_areCounted() throws Exception {
    for (int i = 0; i < IndexFindings.MAX_SKIPPED + 5; i++) {
      rig.user.fifo("p" + i);
    }
    rig.scan();
    rig.start().scan();
    assertThat(rig.findings(FindingKind.SKIPPED))
        .hasSize(IndexFindings.MAX_SKIPPED + 1)
        .hasEntrySatisfying("", cause -> assertThat(cause).startsWith("5 more"));
  }

  @Test
  void scan_fileSystemWithoutModeBits_reportsNoModeAsChanged() throws Exception {
    rig.capabilities = new RootCapabilities(false, true, false, 2_000_000_000L, false, 255);
    rig.start();
    rig.write("a", "1");
    rig.scan();
    assertThat(rig.known("a").metadata().mode()).isEqualTo(0644);
    rig.user.mode("a", 0777);
    assertThat(rig.look("a").changes()).isZero();
    assertThat(rig.known("a").metadata().mode()).isEqualTo(0644);
  }

  @Test
  void scan_afterCancel_endsWithInterruptedException() throws Exception {
    rig.write("a", "1");
    rig.indexer.cancel();
    assertThatThrownBy(rig.indexer::scan).isInstanceOf(InterruptedException.class);
    assertThat(rig.tree()).isEmpty();
  }

  private int reads(String path) {
    return rig.troubled.reads.getOrDefault(RelativePath.of(path), 0);
  }

  @Test
  void look_fileRepaired_isNoChange() throws Exception {
    rig.write("f", "hello");
    rig.scan();
    long head = rig.headSeq();
    PathState before = rig.known("f");
    RelativePath path = RelativePath.of("f");
    FileStat listed = rig.disk.stat(path).orElseThrow();
    Real real = new Real(rig.disk, RootCapabilities.FULL, rig.store, rig.time);
    ApplyProtocol.ApplyOutcome outcome =
        real.apply()
            .replace(
                path, listed, made -> made.write(ByteBuffer.wrap(IndexerRig.bytes("hello")), 0));
    assertThat(outcome).isEqualTo(ApplyProtocol.ApplyOutcome.DONE);

    assertThat(rig.look("f").changes()).isZero();
    assertThat(rig.headSeq()).isEqualTo(head);
    PathState after = rig.known("f");
    assertThat(after.shown()).isEqualTo(before.shown());
    assertThat(after.real()).isNotNull();
    FileStat now = rig.disk.stat(path).orElseThrow();
    assertThat(now.fileKey()).isNotEqualTo(listed.fileKey());
    assertThat(after.real()).extracting(RealVersion::stat).isEqualTo(now);
    rig.start();
    assertThat(rig.scan().changes()).isZero();
    assertThat(rig.tree().keySet()).containsExactly("f");
  }

  /** A scan in the middle of a batch takes nothing that the batch has made for a user's. */
  @Test
  void look_batchUnderWay_itsNamesAreNoChanges() throws Exception {
    rig.write("gone", "bye");
    rig.user.createDirectory("locked");
    rig.user.mode("locked", 0555);
    rig.scan();
    byte[] bytes = IndexerRig.bytes("hello");
    Content content = new Content.File(TreeHasher.hash(bytes), bytes.length);
    for (String name : List.of("new", "locked/new")) {
      rig.store.write(writer -> {
        writer.put(PathStates.showing(name, content, writer.nextSeq()));
      });
    }
    long head = rig.headSeq();
    List<String> names = List.of("gone", "locked", "new", "locked/new");
    List<Indexer.IndexOutcome> outcomes = new ArrayList<>();
    rig.troubled.beforeNewName.put(
        RelativePath.of("locked/new"),
        () -> {
          try {
            assertThat(rig.disk.stat(RelativePath.of("locked")).orElseThrow().mode())
                .isEqualTo(0755);
            for (String name : names) {
              outcomes.add(rig.look(name));
            }
          } catch (Exception e) {
            throw new IOException(e);
          }
        });
    Version version = Version.of(content, VersionVector.EMPTY.with(PathStates.TWO, 9));
    RealChange.Attributes attributes = new RealChange.Attributes(0640, new FileTime(1, 0));
    RealChange.Builder builder = made -> made.write(ByteBuffer.wrap(bytes), 0);
    FileStat gone = rig.disk.stat(RelativePath.of("gone")).orElseThrow();
    Version tombstone =
        Version.of(new Content.Absent(), VersionVector.EMPTY.with(PathStates.TWO, 9));
    List<ApplyResult> results =
        rig.real
            .apply()
            .applyAll(
                List.of(
                    new RealChange.Create(RelativePath.of("new"), version, attributes, builder),
                    new RealChange.Remove(RelativePath.of("gone"), gone, tombstone),
                    new RealChange.Create(
                        RelativePath.of("locked/new"), version, attributes, builder)));
    assertThat(results).containsOnly(new ApplyResult.Concluded(ApplyProtocol.ApplyOutcome.DONE));
    assertThat(outcomes).hasSize(names.size());
    assertThat(outcomes).extracting(Indexer.IndexOutcome::changes).containsOnly(0);
    for (String name : names) {
      assertThat(rig.look(name).changes()).as(name).isZero();
    }
    assertThat(rig.headSeq()).as("announced by the batch alone").isEqualTo(head + 3);
    assertThat(rig.known("new").real()).extracting(RealVersion::version).isEqualTo(version);
  }

  @Test
  void look_replacementNotConcluded_missingNameIsNoRemoval() throws Exception {
    rig.write("f", "hello");
    rig.scan();
    PathState before = rig.known("f");
    FileStat listed = rig.disk.stat(RelativePath.of("f")).orElseThrow();
    rig.disk.lacks(MemoryDisk.Ability.EXCHANGE);
    rig.troubled.refusedNames.add(RelativePath.of("f"));
    Real real = new Real(rig.troubled, RootCapabilities.FULL, rig.store, rig.time);
    assertThatThrownBy(() ->
            real.apply()
                .replace(
                    RelativePath.of("f"),
                    listed,
                    made -> made.write(ByteBuffer.wrap(IndexerRig.bytes("hello")), 0)))
        .isInstanceOf(java.nio.file.AccessDeniedException.class);
    assertThat(rig.disk.stat(RelativePath.of("f"))).isEmpty();
    for (Indexer.IndexOutcome outcome :
        List.of(rig.look("f"), rig.scan(), rig.start().scan(), rig.look("f"))) {
      assertThat(outcome.again()).containsExactly(RelativePath.of("f"));
      assertThat(outcome.changes()).isZero();
    }
    assertThat(rig.known("f")).isEqualTo(before);
    rig.troubled.refusedNames.clear();
    real.step();
    assertThat(rig.look("f").changes()).isZero();
    assertThat(rig.known("f").shown()).isEqualTo(before.shown());
    assertThat(rig.known("f").realStat())
        .isEqualTo(rig.disk.stat(RelativePath.of("f")).orElseThrow());
  }
}
