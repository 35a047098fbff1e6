package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.index.IndexerRig.file;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.Finding.FindingKind;

/** Files that change whenever they are read. */
class RestlessFilesTest {

  private static final RelativePath LOG = RelativePath.of("log");

  private final IndexerRig rig = new IndexerRig();
  private int writes;

  RestlessFilesTest() throws Exception {
    rig.write("log", "start");
    rig.scan();
  }

  /** A program appends to the file during every read of it. */
  private void append() {
    rig.troubled.duringEveryRead.put(
        LOG,
        () -> {
          rig.time.advance(Duration.ofMillis(1));
          writes++;
          rig.user.write("log", IndexerRig.bytes("start" + "x".repeat(writes)));
        });
    rig.time.advance(Duration.ofMinutes(1));
  }

  /** A program writes other bytes of the same length during every read. */
  private void overwrite() throws Exception {
    rig.troubled.duringEveryRead.put(
        LOG,
        () -> {
          rig.time.advance(Duration.ofMillis(1));
          writes++;
          rig.user.write("log", IndexerRig.bytes("%5d".formatted(writes)));
        });
    rig.user.mtime("log", org.realize.sync.model.FileTime.ofNanos(7));
  }

  private Indexer.IndexOutcome lookRestless() throws Exception {
    return rig.indexer.look(Set.of(LOG), Set.of(LOG));
  }

  @Test
  void look_notRestlessYet_comesAgain() throws Exception {
    append();
    rig.write("log", "start-");
    assertThat(rig.indexer.look(Set.of(LOG)).again()).containsExactly(LOG);
    assertThat(rig.known("log").shown().content()).isEqualTo(file("start"));
  }

  @Test
  void look_restlessFile_isHashedFromASnapshot() throws Exception {
    overwrite();
    assertThat(lookRestless().again()).isEmpty();
    assertThat(rig.known("log").shown().content()).isIn(file("    1"), file("    2"));
    assertThat(java.util.Objects.requireNonNull(rig.known("log").real()).isCertain()).isFalse();
    assertThat(rig.disk.list(RelativePath.of(".realize/snapshot")).names()).isEmpty();
  }

  @Test
  void look_restlessFileThatGrows_isHashedUpToItsSize_whereThereAreNoSnapshots() throws Exception {
    rig.troubled.sharesBlocks = false;
    append();
    rig.write("log", "start-");
    assertThat(lookRestless().changes()).isEqualTo(1);
    assertThat(rig.known("log").shown().content()).isEqualTo(file("startx"));
    assertThat(lookRestless().changes()).isEqualTo(1);
    assertThat(rig.known("log").shown().content()).isNotEqualTo(file("startx"));
  }

  @Test
  void look_restlessFileThatIsOverwritten_keepsItsVersionAndIsListed() throws Exception {
    rig.troubled.sharesBlocks = false;
    overwrite();
    assertThat(lookRestless().again()).containsExactly(LOG);
    assertThat(rig.known("log").shown().content()).isEqualTo(file("start"));
    assertThat(rig.findings(FindingKind.SKIPPED))
        .containsEntry("log", "always changing: its last version stays");
    rig.troubled.duringEveryRead.clear();
    rig.look("log");
    assertThat(rig.findings(FindingKind.SKIPPED)).isEmpty();
    assertThat(rig.known("log").shown().content()).isEqualTo(file("%5d".formatted(writes)));
  }

  @Test
  void start_snapshotLeftByAKill_isDeleted() throws Exception {
    rig.user.createDirectory(".realize/snapshot");
    try (DiskFile left =
        rig.disk.open(RelativePath.of(".realize/snapshot/3"), OpenMode.CREATE_NEW)) {
      left.truncate(10);
    }
    rig.start().scan();
    assertThat(rig.disk.stat(RelativePath.of(".realize/snapshot"))).isEmpty();
  }
}
