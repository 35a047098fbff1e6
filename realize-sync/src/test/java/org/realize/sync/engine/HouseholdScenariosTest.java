package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.testing.ScriptedPeer;

/** Households of peers with different marks, from a user's change to what each disk ends with. */
@Timeout(60)
class HouseholdScenariosTest {

  private final SyncRig rig = new SyncRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private void settleAfterQuiet() throws Exception {
    rig.settle();
    rig.time.advance(Duration.ofMinutes(11));
    rig.settle();
  }

  @Test
  void fileDroppedIntoAWatchedRoot_endsOnTheOwner_andLeavesTheWatcher() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.WATCH);
    SyncRig.Peer b = rig.peer("b", Mark.OWN);
    byte[] large = ScriptedPeer.bytes(1, 3_000_000);
    a.files.write("large", large);
    a.write("small", "content");
    settleAfterQuiet();

    assertThat(a.tree()).isEmpty();
    assertThat(b.tree()).containsOnlyKeys("large", "small");
    assertThat(b.files.read("large")).isEqualTo(large);
    assertThat(a.trash()).hasSize(2).contains("content");
  }

  @Test
  void hardLinkIntoAWatchedDirectory_isRealizedByItsOwner_andGivenUp_otherNameIsUntouched()
      throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.OWN);
    SyncRig.Peer b = rig.peer("b", Mark.WATCH);
    a.mark("store", Mark.WATCH);
    b.mark("store", Mark.OWN);
    a.files.createDirectory("store");
    a.files.createDirectory("work");
    a.write("work/x", "content");
    settleAfterQuiet();
    assertThat(b.tree()).containsOnlyKeys("store");
    long inode = a.inode("work/x");

    a.files.hardLink("store/x", "work/x");
    settleAfterQuiet();

    assertThat(b.tree()).containsOnlyKeys("store", "store/x");
    assertThat(b.tree().get("store/x")).endsWith("content");
    assertThat(a.tree()).containsOnlyKeys("store", "work", "work/x");
    assertThat(a.tree().get("work/x")).endsWith("content");
    assertThat(a.inode("work/x")).isEqualTo(inode);

    a.write("work/x", "changed later");
    settleAfterQuiet();
    assertThat(b.tree().get("store/x")).endsWith("content");
    assertThat(a.failures()).isEmpty();
  }

  @Test
  void namesOfOneFile_thatGetOneContent_areOneFileAgain() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.OWN);
    SyncRig.Peer b = rig.peer("b", Mark.OWN);
    b.write("x", "first");
    b.files.hardLink("y", "x");
    b.write("z", "first");
    rig.settle();
    assertThat(a.inode("x")).isNotEqualTo(a.inode("y"));

    for (String name : new String[] {"x", "y", "z"}) {
      a.write(name, "second");
      a.files.mtime(name, FileTime.ofNanos(1_000));
    }
    rig.settle();

    assertThat(b.tree()).isEqualTo(a.tree());
    assertThat(b.inode("x")).isEqualTo(b.inode("y")).isNotEqualTo(b.inode("z"));
    b.write("y", "third");
    rig.settle();
    assertThat(a.tree().get("x")).endsWith("third");
    assertThat(a.tree()).isEqualTo(b.tree());
  }

  @Test
  void bothNamesOfOneFile_removedByAPeer_goTogether() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.OWN);
    SyncRig.Peer b = rig.peer("b", Mark.OWN);
    b.write("x", "content");
    b.files.hardLink("y", "x");
    b.write("stays", "content");
    rig.settle();
    a.files.delete("x");
    a.files.delete("y");
    rig.settle();

    assertThat(b.tree()).containsOnlyKeys("stays");
    assertThat(b.failures()).isEmpty();
  }
}
