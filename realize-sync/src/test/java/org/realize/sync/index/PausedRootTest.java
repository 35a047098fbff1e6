package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.realize.sync.index.IndexerRig.file;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.testing.MemoryDisk;

/** Absence is deletion only where absence is certain. */
class PausedRootTest {

  private final IndexerRig rig = new IndexerRig();

  PausedRootTest() throws Exception {}

  @Test
  void scan_newRoot_getsAnIdentityThatIsNotShared() throws Exception {
    rig.scan();
    String id = new String(rig.user.read(".realize/id"), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(id).startsWith("realize place 1\narena: photos\n");
    assertThat(rig.tree()).isEmpty();
    assertThat(rig.look(".realize", ".realize/id").changes()).isZero();
    assertThat(rig.tree()).isEmpty();
  }

  @Test
  void scan_rootEmptied_removesNothing_andRecovers() throws Exception {
    rig.write("a", "1");
    rig.scan();
    byte[] id = rig.user.read(".realize/id");
    rig.user.delete("a");
    rig.user.delete(".realize");
    for (Indexer.IndexOutcome outcome :
        new Indexer.IndexOutcome[] {rig.scan(), rig.look("a"), rig.start().scan()}) {
      assertThat(outcome.paused()).containsExactly(RelativePath.ROOT);
    }
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    assertThat(rig.findings(FindingKind.PAUSED)).containsOnlyKeys("");
    rig.user.createDirectory(".realize");
    rig.user.write(".realize/id", id);
    rig.write("a", "1");
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    assertThat(rig.findings(FindingKind.PAUSED)).isEmpty();
  }

  @Test
  void scan_anotherRootsId_pausesAtStart() throws Exception {
    rig.write("a", "1");
    rig.scan();
    IndexerRig other = new IndexerRig();
    other.random.nextLong();
    other.scan();
    rig.user.write(".realize/id", other.user.read(".realize/id"));
    rig.user.delete("a");
    assertThat(rig.start().scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
  }

  @Test
  void scan_idThatIsNotValid_isNotTakenOver() throws Exception {
    rig.user.createDirectory(".realize");
    rig.write(".realize/id", "realize place 2\n");
    rig.write("a", "1");
    Indexer indexer = rig.start();
    assertThatThrownBy(() -> indexer.require(RelativePath.ROOT))
        .isInstanceOf(RealizeException.InDoubt.class)
        .hasMessage("'photos' is in doubt: it is not scanned yet");
    assertThat(indexer.scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEmpty();
    assertThatThrownBy(() -> indexer.require(RelativePath.ROOT))
        .isInstanceOf(RealizeException.InDoubt.class)
        .hasMessageStartingWith("'photos' is in doubt: '.realize/id' is missing or not valid")
        .hasMessageContaining("'realize arena ");
    rig.places.confirm(RelativePath.ROOT);
    assertThat(rig.scan().paused()).isEmpty();
    indexer.require(RelativePath.ROOT);
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
  }

  @Test
  void scan_idMadeButNotStored_isTakenOver() throws Exception {
    rig.write("a", "1");
    Indexer stopping = rig.on(new IndexerRig.StoppingStore(rig.store, 0));
    assertThatThrownBy(stopping::scan).isInstanceOf(RealizeException.StorageFailed.class);
    assertThat(rig.user.read(".realize/id")).isNotEmpty();
    rig.write(".realize/id.new", "left by a crash");
    rig.start();
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
  }

  @Test
  void scan_powerCutWhileTheIdentityIsMade_endsWithOne() throws Exception {
    for (int effects = 0; effects < 8; effects++) {
      for (int seed = 0; seed < 20; seed++) {
        IndexerRig cut = new IndexerRig();
        cut.write("a", "1");
        cut.disk.forceAll();
        cut.disk.powerOffAfter(effects);
        Indexer.IndexOutcome first = cut.scan();
        cut.disk.powerCut(new Random(seed));
        cut.start();
        assertThat(cut.scan().paused()).as("%s effects, seed %s", effects, seed).isEmpty();
        assertThat(cut.tree()).isEqualTo(Map.of("a", file("1")));
        assertThat(first.paused().isEmpty()).isEqualTo(effects > 6);
      }
    }
  }

  /** What a user changes after the first scan replaces what that found. */
  @Test
  void scan_powerCutAfterTheFirstOne_isNoFirstScanAgain() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      IndexerRig cut = new IndexerRig();
      cut.write("a", "1");
      cut.scan();
      cut.global.powerCut(new Random(seed));
      cut.start();
      cut.write("a", "2");
      cut.scan();
      RealVersion real = Objects.requireNonNull(Objects.requireNonNull(cut.state("a")).real());
      assertThat(real.version().found()).as("seed %s", seed).isFalse();
    }
  }

  @Test
  void look_idLostDuringTheRun_commitsNoRemoval() throws Exception {
    rig.write("a", "1");
    rig.write("b", "1");
    rig.scan();
    rig.user.delete("a");
    rig.write("b", "2");
    rig.troubled.duringRead.put(RelativePath.of("b"), () -> rig.user.delete(".realize"));
    assertThat(rig.look("a", "b").paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1"), "b", file("1")));
  }

  @Test
  void scan_rootUnreadable_pausesAll() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.delete("a");
    rig.troubled.refused.add(RelativePath.ROOT);
    assertThat(rig.scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    rig.troubled.refused.clear();
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).isEmpty();
  }

  @Test
  void scan_directoryUnreadable_pausesItAlone() throws Exception {
    RelativePath d = RelativePath.of("d");
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.write("b", "1");
    rig.scan();
    rig.user.delete("d/a");
    rig.user.delete("b");
    rig.troubled.refused.add(d);
    assertThat(rig.scan().paused()).containsExactly(d);
    assertThat(rig.look("d/a").paused()).containsExactly(d);
    assertThat(rig.tree().keySet()).containsExactly("d", "d/a");
    rig.troubled.refused.clear();
    assertThat(rig.look("d").paused()).isEmpty();
    assertThat(rig.tree().keySet()).containsExactly("d");
    assertThat(rig.findings(FindingKind.PAUSED)).isEmpty();
  }

  @Test
  void scan_oneNameWhoseStatFails_costsOnlyItself() throws Exception {
    rig.user.createDirectory("dead");
    rig.write("dead/a", "1");
    rig.write("b", "1");
    rig.write("c", "1");
    rig.scan();
    rig.disk.unreadable(RelativePath.of("dead"), "transport endpoint is not connected");
    rig.disk.unreadable(RelativePath.of("new"), "input/output error");
    rig.write("b", "2");
    rig.user.delete("c");
    rig.write("d", "1");
    rig.write("new", "1");
    assertThat(rig.scan().paused())
        .containsExactlyInAnyOrder(RelativePath.of("dead"), RelativePath.of("new"));
    assertThat(rig.findings(FindingKind.PAUSED))
        .containsEntry("dead", "transport endpoint is not connected")
        .containsEntry("new", "input/output error");
    assertThat(rig.look("dead/a").paused())
        .containsExactlyInAnyOrder(RelativePath.of("dead"), RelativePath.of("new"));
    assertThat(rig.tree().keySet()).containsExactly("b", "d", "dead", "dead/a");
    assertThat(rig.tree()).containsEntry("b", file("2")).containsEntry("dead/a", file("1"));
    rig.disk.readable(RelativePath.of("dead"));
    rig.disk.readable(RelativePath.of("new"));
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree().keySet()).containsExactly("b", "d", "dead", "dead/a", "new");
    assertThat(rig.findings(FindingKind.PAUSED)).isEmpty();
  }

  @Test
  void scan_fileUnreadable_keepsItsVersion() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.write("a", "2");
    rig.troubled.refused.add(RelativePath.of("a"));
    assertThat(rig.look("a").paused()).containsExactly(RelativePath.of("a"));
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    rig.troubled.refused.clear();
    assertThat(rig.look("a").paused()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("2")));
  }

  @Test
  void scan_bindMountNotMounted_reportsNothing_andDropsWhatWasLostMeanwhile() throws Exception {
    RelativePath usb = RelativePath.of("usb");
    MemoryDisk.Volume volume = rig.disk.volume(1, MemoryDisk.EXT4);
    rig.user.createDirectory("usb");
    rig.disk.mount("usb", volume);
    rig.write("usb/a", "1");
    rig.write("usb/b", "1");
    rig.write("c", "1");
    rig.scan();
    rig.user.delete("usb/a");
    rig.disk.unmount("usb");
    rig.user.delete("c");
    assertThat(rig.start().scan().paused()).containsExactly(usb);
    assertThat(rig.look("usb/a").paused()).containsExactly(usb);
    assertThat(rig.tree()).containsOnlyKeys("usb", "usb/a", "usb/b");
    assertThat(rig.findings(FindingKind.PAUSED).get("usb"))
        .isEqualTo(
            "its file system is not mounted; mount it, or 'realize arena confirm photos usb'"
                + " accepts it as it is");
    rig.user.delete("usb");
    assertThat(rig.scan().paused()).containsExactly(usb);
    assertThat(rig.tree()).containsOnlyKeys("usb", "usb/a", "usb/b");
    rig.user.createDirectory("usb");
    rig.disk.mount("usb", volume);
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).containsOnlyKeys("usb", "usb/a", "usb/b");
    assertThat(rig.known("usb/a").real()).isNull();
    assertThat(rig.known("usb/b").realStat()).isNotNull();
    rig.user.delete("usb/b");
    rig.scan();
    assertThat(rig.tree()).containsOnlyKeys("usb", "usb/a");
  }

  @Test
  void scan_notMountedConfirmed_dropsItsNames() throws Exception {
    rig.user.createDirectory("usb");
    rig.disk.mount("usb", rig.disk.volume(1, MemoryDisk.EXT4));
    rig.write("usb/a", "1");
    rig.scan();
    rig.disk.unmount("usb");
    rig.scan();
    rig.places.confirm(RelativePath.of("usb"));
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.known("usb/a").real()).isNull();
    assertThat(rig.known("usb/a").shown().isTombstone()).isFalse();
    assertThat(rig.findings(FindingKind.PAUSED)).isEmpty();
  }

  @Test
  void scan_rootRestoredFromABackup_takesOldFilesForFoundOnes() throws Exception {
    rig.write("a", "old");
    rig.scan();
    byte[] id = rig.user.read(".realize/id");
    rig.start();
    rig.write("a", "new");
    rig.write("c", "1");
    rig.scan();
    VersionVector newest = rig.known("a").shown().vector();
    rig.start();
    rig.scan();
    rig.user.write(".realize/id", id);
    rig.write("a", "old");
    rig.user.delete("c");
    assertThat(rig.scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).containsEntry("a", file("new")).containsKey("c");

    rig.places.confirm(RelativePath.ROOT);
    assertThat(rig.scan().paused()).isEmpty();
    Version old = java.util.Objects.requireNonNull(rig.known("a").real()).version();
    assertThat(old.content()).isEqualTo(file("old"));
    assertThat(old.found()).isTrue();
    assertThat(old.vector().compare(newest)).isEqualTo(VersionVector.Order.CONCURRENT);
    assertThat(rig.known("c").real()).isNull();
    assertThat(rig.known("c").shown().isTombstone()).isFalse();
  }

  /** On a disk that was copied each file has another inode, and no user put it there. */
  @Test
  void scan_afterADoubtBeforeAChoiceIsCarriedOut_knownBytesUnderAnotherInode_areNotPutBack()
      throws Exception {
    rig.write("a", "old");
    rig.scan();
    rig.store.write(writer -> {
      LocalRules.Author me =
          new LocalRules.Author(rig.global.identity().store(), 1L << 42, writer.nextSeq());
      writer.put(LocalRules.resolved(rig.known("a"), new Content.Absent(), me));
      return null;
    });
    PathState chosen = rig.known("a");
    confirmRoot();
    rig.user.delete("a");
    rig.write("a", "old");

    assertThat(rig.scan().changes()).isZero();
    PathState copied = rig.known("a");
    assertThat(copied.shown()).isEqualTo(chosen.shown());
    assertThat(copied.realContent()).isEqualTo(file("old"));
    assertThat(Objects.requireNonNull(copied.realStat()).fileKey())
        .isNotEqualTo(Objects.requireNonNull(chosen.realStat()).fileKey());

    rig.user.delete("a");
    rig.write("a", "old");
    rig.scan();
    assertThat(rig.known("a").shown().content()).isEqualTo(file("old"));
  }

  /** A root whose doubt the user ended; its next complete scan settles it. */
  private void confirmRoot() throws Exception {
    rig.user.delete(".realize");
    assertThat(rig.scan().paused()).contains(RelativePath.ROOT);
    rig.places.confirm(RelativePath.ROOT);
  }

  @Test
  void scan_afterADoubtWithNamesLeftOpen_dropsThem_soThatLaterLooksRemoveNothing()
      throws Exception {
    rig.user.createDirectory("dead");
    for (String path : List.of("changing", "refused", "dead/a", "gone", "well")) {
      rig.write(path, "old");
    }
    rig.scan();
    VersionVector before = rig.known("changing").shown().vector();
    confirmRoot();
    rig.write("changing", "new");
    rig.troubled.duringRead.put(
        RelativePath.of("changing"), () -> rig.user.write("changing", IndexerRig.bytes("newer")));
    rig.write("refused", "new");
    rig.troubled.refused.add(RelativePath.of("refused"));
    rig.disk.unreadable(RelativePath.of("dead"), "transport endpoint is not connected");
    Indexer.IndexOutcome outcome = rig.scan();
    assertThat(outcome.again()).containsExactly(RelativePath.of("changing"));
    assertThat(outcome.paused())
        .containsExactlyInAnyOrder(RelativePath.of("refused"), RelativePath.of("dead"));
    assertThat(rig.places.isUnsettled(RelativePath.ROOT)).isFalse();
    for (String path : List.of("changing", "refused", "dead", "dead/a")) {
      assertThat(rig.known(path).real()).as(path).isNull();
      assertThat(rig.known(path).shown().isTombstone()).as(path).isFalse();
    }
    assertThat(rig.known("well").realStat()).isNotNull();

    rig.troubled.refused.clear();
    rig.disk.readable(RelativePath.of("dead"));
    rig.user.delete("refused");
    rig.user.delete("dead/a");
    rig.scan();
    assertThat(rig.known("changing").realFile().orElseThrow().content()).isEqualTo(file("newer"));
    VersionVector after =
        java.util.Objects.requireNonNull(rig.known("changing").real()).version().vector();
    assertThat(after.compare(before)).isEqualTo(VersionVector.Order.CONCURRENT);
    assertThat(rig.known("refused").shown().content()).isEqualTo(file("old"));
    assertThat(rig.known("dead/a").shown().content()).isEqualTo(file("old"));
    rig.user.delete("well");
    rig.scan();
    assertThat(rig.known("well").shown().isTombstone()).isTrue();
  }

  @Test
  void scan_afterADoubtWithADirectoryThatCannotBeListed_staysUnsettled() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.scan();
    confirmRoot();
    rig.troubled.refused.add(RelativePath.of("d"));
    rig.scan();
    assertThat(rig.places.isUnsettled(RelativePath.ROOT)).isTrue();
    rig.troubled.refused.clear();
    rig.user.delete("d/a");
    rig.scan();
    assertThat(rig.places.isUnsettled(RelativePath.ROOT)).isFalse();
    assertThat(rig.known("d/a").real()).isNull();
    assertThat(rig.known("d/a").shown().content()).isEqualTo(file("1"));
  }

  @Test
  void scan_afterADoubtWithAnotherPlaceStillInDoubt_dropsNothingThere() throws Exception {
    RelativePath usb = RelativePath.of("usb");
    rig.user.createDirectory("usb");
    rig.disk.mount("usb", rig.disk.volume(1, MemoryDisk.EXT4));
    rig.write("usb/a", "1");
    rig.scan();
    rig.disk.unmount("usb");
    confirmRoot();
    assertThat(rig.scan().paused()).containsExactly(usb);
    assertThat(rig.places.doubts()).extracting(doubt -> doubt.place()).containsExactly(usb);
    assertThat(rig.known("usb/a").realStat()).isNotNull();
  }

  @Test
  void scan_somethingMountedOverADirectory_reportsNothing() throws Exception {
    RelativePath d = RelativePath.of("d");
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.scan();
    rig.disk.mount("d", rig.disk.volume(1, MemoryDisk.EXT4));
    assertThat(rig.look("d/a").paused()).containsExactly(d);
    assertThat(rig.scan().paused()).containsExactly(d);
    assertThat(rig.tree()).containsEntry("d/a", file("1"));
    rig.disk.unmount("d");
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.known("d/a").realStat()).isNotNull();
  }

  @Test
  void scan_copyOfARootInside_isListedAndNotIndexed() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.createDirectory("copy");
    rig.user.createDirectory("copy/.realize");
    rig.user.write("copy/.realize/id", rig.user.read(".realize/id"));
    rig.write("copy/a", "1");
    rig.user.createDirectory("other");
    rig.user.createDirectory("other/.realize");
    rig.write("other/b", "1");
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).containsOnlyKeys("a", "other", "other/b");
    assertThat(rig.findings(FindingKind.SKIPPED).get("copy")).contains("copy of another root");
    rig.user.delete("copy/.realize");
    rig.scan();
    assertThat(rig.tree()).containsKeys("copy", "copy/a");
    assertThat(rig.findings(FindingKind.SKIPPED)).isEmpty();
  }

  @Test
  void scan_ignoredMount_getsNoId() throws Exception {
    rig.ignore = List.of("usb");
    rig.start();
    rig.user.createDirectory("usb");
    rig.disk.mount("usb", rig.disk.volume(1, MemoryDisk.EXT4));
    rig.scan();
    assertThat(rig.disk.list(RelativePath.of("usb")).names()).isEmpty();
  }

  @Test
  void scan_newDeviceNumbersAfterARestart_areNoReasonToPause() throws Exception {
    RelativePath usb = RelativePath.of("usb");
    rig.user.createDirectory("usb");
    rig.user.createDirectory("d");
    rig.write("usb/a", "1");
    rig.troubled.devices.put(usb, 7L);
    rig.scan();
    rig.troubled.devices.put(RelativePath.ROOT, 3L);
    rig.troubled.devices.remove(usb);
    rig.troubled.devices.put(usb, 4L);
    assertThat(rig.start().scan().paused()).isEmpty();
  }
}
