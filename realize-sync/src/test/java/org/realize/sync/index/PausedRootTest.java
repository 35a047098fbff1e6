package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.index.IndexerRig.file;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Finding.Kind;

/** Absence is deletion only where absence is certain. */
class PausedRootTest {

  private final IndexerRig rig = new IndexerRig();

  PausedRootTest() throws Exception {}

  @Test
  void scan_newRoot_getsAnIdentityThatIsNotShared() throws Exception {
    rig.scan();
    String id = new String(rig.user.read(".realize/id"), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(id).startsWith("realize root 1\n").endsWith("\nphotos\n");
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
    for (Indexer.Outcome outcome :
        new Indexer.Outcome[] {rig.scan(), rig.look("a"), rig.start().scan()}) {
      assertThat(outcome.paused()).containsExactly(RelativePath.ROOT);
    }
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    assertThat(rig.findings(Kind.PAUSED)).containsOnlyKeys("");
    rig.user.createDirectory(".realize");
    rig.user.write(".realize/id", id);
    rig.write("a", "1");
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
    assertThat(rig.findings(Kind.PAUSED)).isEmpty();
  }

  @Test
  void scan_anotherRootsId_pausesAtStart() throws Exception {
    rig.write("a", "1");
    rig.scan();
    rig.user.write(
        ".realize/id",
        IndexerRig.bytes("realize root 1\n00000000-0000-4000-8000-000000000000\nphotos\n"));
    rig.user.delete("a");
    assertThat(rig.start().scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEqualTo(Map.of("a", file("1")));
  }

  @Test
  void scan_rootOfAnotherArena_isNotTakenOver() throws Exception {
    rig.user.createDirectory(".realize");
    rig.user.write(
        ".realize/id",
        IndexerRig.bytes("realize root 1\n00000000-0000-4000-8000-000000000000\nmusic\n"));
    rig.write("a", "1");
    assertThat(rig.scan().paused()).containsExactly(RelativePath.ROOT);
    assertThat(rig.tree()).isEmpty();
    assertThat(rig.findings(Kind.PAUSED).get("")).contains("'music'");
  }

  @Test
  void scan_idMadeButNotStored_isTakenOver() throws Exception {
    rig.user.createDirectory(".realize");
    rig.user.write(
        ".realize/id",
        IndexerRig.bytes("realize root 1\n00000000-0000-4000-8000-000000000000\nphotos\n"));
    rig.write(".realize/id.new", "left by a crash");
    rig.write("a", "1");
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
        Indexer.Outcome first = cut.scan();
        cut.disk.powerCut(new Random(seed));
        cut.start();
        assertThat(cut.scan().paused()).as("%s effects, seed %s", effects, seed).isEmpty();
        assertThat(cut.tree()).isEqualTo(Map.of("a", file("1")));
        assertThat(first.paused().isEmpty()).isEqualTo(effects > 6);
      }
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
    assertThat(rig.findings(Kind.PAUSED)).isEmpty();
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
    assertThat(rig.findings(Kind.PAUSED))
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
    assertThat(rig.findings(Kind.PAUSED)).isEmpty();
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
  void scan_mountPointThatIsNotMounted_pausesIt() throws Exception {
    RelativePath usb = RelativePath.of("usb");
    rig.user.createDirectory("usb");
    rig.write("usb/a", "1");
    rig.troubled.devices.put(usb, 7L);
    rig.scan();
    rig.user.delete("usb/a");
    rig.troubled.devices.clear();
    assertThat(rig.start().scan().paused()).containsExactly(usb);
    assertThat(rig.look("usb/a").paused()).containsExactly(usb);
    assertThat(rig.tree()).containsEntry("usb/a", file("1"));
    rig.user.delete("usb");
    assertThat(rig.scan().paused()).containsExactly(usb);
    assertThat(rig.tree()).containsEntry("usb/a", file("1"));
    rig.user.createDirectory("usb");
    rig.troubled.devices.put(usb, 9L);
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree()).isEqualTo(Map.of("usb", new Content.Directory()));
  }

  @Test
  void scan_somethingMountedOverADirectory_pausesIt() throws Exception {
    RelativePath d = RelativePath.of("d");
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.scan();
    rig.troubled.devices.put(d, 7L);
    rig.user.delete("d/a");
    assertThat(rig.look("d/a").paused()).containsExactly(d);
    assertThat(rig.scan().paused()).containsExactly(d);
    assertThat(rig.tree()).containsEntry("d/a", file("1"));
    rig.troubled.devices.clear();
    assertThat(rig.scan().paused()).isEmpty();
    assertThat(rig.tree().keySet()).containsExactly("d");
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
