package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.index.IndexerRig.file;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;

/** Ignore rules at work: they keep out what has no entry, and never touch what has one. */
class IgnoredFilesTest {

  private static final String RULES = IgnoreRules.FILE_NAME;

  private final IndexerRig rig = new IndexerRig();

  IgnoredFilesTest() throws Exception {}

  @Test
  void scan_ignoredNames_areNotShared_butTheirRulesAre() throws Exception {
    rig.write(RULES, "*.tmp\n/build/\n!keep.tmp\n");
    rig.write("a.tmp", "1");
    rig.write("keep.tmp", "1");
    rig.user.createDirectory("build");
    rig.write("build/x", "1");
    rig.user.createDirectory("sub");
    rig.write("sub/b.tmp", "1");
    rig.write("sub/c", "1");
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly(RULES, "keep.tmp", "sub", "sub/c");
    assertThat(rig.watched).doesNotContain(RelativePath.of("build"));
    assertThat(rig.look("build/x", "a.tmp", "sub/b.tmp").changes()).isZero();
  }

  @Test
  void scan_nestedRules_winInTheirDirectory() throws Exception {
    rig.write(RULES, "*.tmp\n");
    rig.user.createDirectory("sub");
    rig.write("sub/" + RULES, "!b.tmp\n");
    rig.write("sub/b.tmp", "1");
    rig.write("b.tmp", "1");
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly(RULES, "sub", "sub/" + RULES, "sub/b.tmp");
  }

  @Test
  void look_ruleForAPathWithAnEntry_doesNotAffectIt() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/a", "1");
    rig.write("b", "1");
    rig.scan();
    rig.write(RULES, "b\nd/\n");
    rig.look(RULES);
    assertThat(rig.tree().keySet()).containsExactly(RULES, "b", "d", "d/a");
    rig.write("b", "2");
    rig.write("d/a", "2");
    rig.write("d/new", "1");
    rig.look("b", "d/a", "d/new");
    assertThat(rig.tree())
        .containsEntry("b", file("2"))
        .containsEntry("d/a", file("2"))
        .doesNotContainKey("d/new");
    rig.user.delete("b");
    rig.look("b");
    rig.write("b", "3");
    rig.look("b");
    assertThat(rig.tree()).doesNotContainKey("b");
  }

  @Test
  void look_rulesChanged_looksAgainAtWhatTheyTouch() throws Exception {
    rig.write(RULES, "*.tmp\n");
    rig.user.createDirectory("d");
    rig.write("d/a.tmp", "1");
    rig.scan();
    assertThat(rig.tree()).doesNotContainKey("d/a.tmp");
    rig.write(RULES, "*.bak\n");
    rig.look(RULES);
    assertThat(rig.tree()).containsEntry("d/a.tmp", file("1"));
    rig.user.delete(RULES);
    rig.write("d/b.bak", "1");
    rig.look(RULES);
    assertThat(rig.tree()).containsEntry("d/b.bak", file("1")).doesNotContainKey(RULES);
  }

  @Test
  void scan_ignoredNameThatPeersHave_isLeftAloneAndListed() throws Exception {
    rig.write(RULES, "*.tmp\n");
    rig.write("a.tmp", "mine");
    StoreId peer = new StoreId(new UUID(1, 2));
    Version theirs = Version.of(file("theirs"), VersionVector.EMPTY.with(peer, 5));
    Stamp stamp = new Stamp(5, peer);
    RelativePath path = RelativePath.of("a.tmp");
    rig.store.write(writer -> {
      writer.put(
          new PathState(
              path,
              theirs,
              new Metadata(0644, stamp, FileTime.ofNanos(1), stamp),
              null,
              0,
              Map.of()));
    });
    rig.scan();
    assertThat(rig.tree()).containsEntry("a.tmp", file("theirs"));
    assertThat(rig.findings(Finding.FindingKind.SKIPPED)).containsOnlyKeys("a.tmp");
    assertThat(rig.user.read("a.tmp")).isEqualTo(IndexerRig.bytes("mine"));
  }

  @Test
  void scan_rulesUnreadable_pauseTheirDirectory() throws Exception {
    rig.user.createDirectory("d");
    rig.write("d/" + RULES, "secret\n");
    rig.write("d/secret", "1");
    rig.troubled.refused.add(RelativePath.of("d/" + RULES));
    assertThat(rig.scan().paused()).containsExactly(RelativePath.of("d"));
    assertThat(rig.tree().keySet()).containsExactly("d");
    rig.troubled.refused.clear();
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly("d", "d/" + RULES);
  }

  @Test
  void scan_configuredRules_areWeakerThanFiles() throws Exception {
    rig.ignore = List.of("*.tmp", "*.bak");
    rig.start();
    rig.write(RULES, "!*.tmp\n");
    rig.write("a.tmp", "1");
    rig.write("a.bak", "1");
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly(RULES, "a.tmp");
  }

  @Test
  void scan_markOnAnIgnoredPath_liftsTheRuleForThatPath() throws Exception {
    rig.ignore = List.of("*.tmp", "build/");
    rig.start();
    rig.write("a.tmp", "1");
    rig.write("b.tmp", "1");
    rig.user.createDirectory("build");
    rig.write("build/wanted", "1");
    rig.write("build/other", "1");
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of("a.tmp"), Mark.OWN);
      writer.putMark(RelativePath.of("build/wanted"), Mark.OWN);
    });
    rig.scan();
    assertThat(rig.tree().keySet()).containsExactly("a.tmp", "build", "build/wanted");
  }

  @Test
  void scan_temporaryNames_stayHere_unlessARuleTakesThemIn() throws Exception {
    List<String> temporary =
        List.of(
            ".fuse_hidden00",
            ".nfs01",
            ".~lock.letter.odt#",
            ".#notes",
            ".notes.swp",
            "4913",
            ".goutputstream-X1",
            "film.mkv.crdownload",
            "film.mkv.part");
    rig.user.createDirectory("d");
    for (String name : temporary) {
      rig.write(name, "1");
      rig.write("d/" + name, "1");
    }
    for (String name : List.of("14913", ".notes.swim", "part", "~lock.letter.odt#")) {
      rig.write("d/" + name, "1");
    }
    rig.scan();
    assertThat(rig.tree().keySet())
        .containsExactly("d", "d/.notes.swim", "d/14913", "d/part", "d/~lock.letter.odt#");
    rig.ignore = List.of("!*.part");
    rig.start();
    rig.scan();
    assertThat(rig.tree()).containsKeys("film.mkv.part", "d/film.mkv.part").hasSize(7);
  }
}
