package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.Mark;
import org.realize.sync.testing.OpenUserFile;

/** Directories that a peer removed, and what programs have left in them here. */
@Timeout(60)
class PerishableFilesTest {

  private final SyncRig rig = new SyncRig();
  private SyncRig.Peer here;
  private SyncRig.Peer there;

  @BeforeEach
  void open() throws Exception {
    here = rig.peer("here", Mark.OWN);
    there = rig.peer("there", Mark.OWN);
    here.write(".realizeignore", ".DS_Store\n@eaDir/\n*.own\n");
    here.files.createDirectory("a");
    here.files.createDirectory("a/b");
    here.write("a/b/f", "content");
    rig.settle();
    there.write("a/.DS_Store", "view");
    there.write("a/b/.DS_Store", "view of b");
    there.files.createDirectory("a/b/@eaDir");
    there.files.createDirectory("a/b/@eaDir/f");
    there.write("a/b/@eaDir/f/thumb", "small picture");
    there.files.symbolicLink("a/b/@eaDir/link", "f");
    rig.settle();
    here.files.delete("a");
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void ignoredOnes_goToTheTrashWithTheirDirectories() throws Exception {
    rig.settle();

    assertThat(there.tree()).isEqualTo(here.tree()).containsOnlyKeys(".realizeignore");
    assertThat(there.failures()).isEmpty();
    assertThat(there.trash()).contains("content", "view", "view of b", "small picture", "LINK");
  }

  @Test
  void oneThatIsNotIndexedYet_goesWithItsDirectory() throws Exception {
    here.scan();
    there.pull();
    there.write("a/b/Thumbs.db", "pictures");
    rig.time.advance(Duration.ofSeconds(2));
    there.work();
    rig.time.advance(Duration.ofSeconds(2));
    there.work();

    assertThat(there.tree()).containsOnlyKeys(".realizeignore");
    assertThat(there.trash()).contains("pictures");
  }

  @Test
  void besideWhatIsNotShared_allStays_untilThatGoes() throws Exception {
    there.write("a/b/precious.own", "not shared");
    rig.settle();

    assertThat(there.tree())
        .containsKeys("a/.DS_Store", "a/b/.DS_Store", "a/b/@eaDir/f/thumb", "a/b/precious.own");
    assertThat(there.failures().get("a/b")).contains("not shared");

    there.files.delete("a/b/precious.own");
    rig.time.advance(Duration.ofHours(2));
    rig.settle();
    assertThat(there.tree()).containsOnlyKeys(".realizeignore");
  }

  @Test
  void oneThatPeersKnow_isTheirs() throws Exception {
    there.write("a/.DS_Store", "view, shared");
    there.mark("a/.DS_Store", Mark.OWN);
    rig.settle();

    assertThat(there.tree()).containsKey("a/.DS_Store");
    assertThat(there.failures()).isEmpty();
    assertThat(there.trash()).doesNotContain("view, shared");
  }

  @Test
  void oneThatIsOpen_staysWithItsDirectory() throws Exception {
    OpenUserFile open = there.files.open("a/b/@eaDir/f/thumb");
    rig.settle();
    assertThat(there.tree()).containsKey("a/b/@eaDir/f/thumb");
    assertThat(there.failures()).containsKey("a/b");

    open.close();
    rig.time.advance(Duration.ofHours(2));
    rig.settle();
    assertThat(there.tree()).containsOnlyKeys(".realizeignore");
  }

  @Test
  void killedAnywhere_nothingIsLost_andTheDirectoryGoes() throws Exception {
    int effects = 0;
    for (boolean isStopped = true; isStopped; effects++) {
      close();
      isStopped = killed(effects);
    }
    assertThat(effects).isGreaterThan(30);
  }

  private static boolean killed(int effects) throws Exception {
    PerishableFilesTest again = new PerishableFilesTest();
    again.open();
    again.here.scan();
    again.there.pull();
    long before = again.there.disk.effects();
    again.there.disk.powerOffAfter(effects);
    for (int second = 0; second < 3; second++) {
      again.rig.time.advance(Duration.ofSeconds(1));
      again.there.work();
    }
    boolean isStopped = again.there.disk.effects() - before >= effects;
    again.there.disk.kill();
    again.there.restart();
    again.rig.settle();
    again.rig.time.advance(Duration.ofHours(2));
    again.rig.settle();
    assertThat(again.there.tree()).as("after " + effects).containsOnlyKeys(".realizeignore");
    assertThat(again.there.trash())
        .as("after " + effects)
        .contains("content", "view", "view of b", "small picture", "LINK");
    again.close();
    return isStopped;
  }
}
