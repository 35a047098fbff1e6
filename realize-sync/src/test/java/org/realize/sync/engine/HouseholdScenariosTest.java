package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.testing.OpenUserFile;
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

  /** What is read or open is in use, also where nothing writes to it. */
  @Test
  void watchedFileThatIsRead_staysUntilItWasNotReadForTenMinutes() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.WATCH);
    rig.peer("b", Mark.OWN);
    a.write("f", "content");
    a.write("g", "other");
    rig.settle();
    rig.time.advance(Duration.ofMinutes(9));
    assertThat(a.files.read("f")).asString().isEqualTo("content");
    rig.time.advance(Duration.ofMinutes(2));
    rig.settle();
    assertThat(a.tree()).containsOnlyKeys("f"); // which reads it again

    rig.time.advance(Duration.ofMinutes(9));
    OpenUserFile open = a.files.open("f");
    rig.time.advance(Duration.ofMinutes(2));
    rig.settle();
    rig.time.advance(Duration.ofMinutes(5));
    open.close();
    rig.settle();
    assertThat(a.trash()).containsExactly("other");

    rig.time.advance(Duration.ofMinutes(6));
    rig.settle();
    assertThat(a.tree()).isEmpty();
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
  void fileInAKeptRoot_becomesABlob_onceAnotherPeerHasIt() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.KEEP);
    byte[] large = ScriptedPeer.bytes(1, 3_000_000);
    a.files.write("large", large);
    a.write("small", "content");
    settleAfterQuiet();
    assertThat(a.tree()).containsOnlyKeys("large", "small");
    assertThat(a.rooted.blobs().cachedBytes()).isZero();

    SyncRig.Peer b = rig.peer("b", Mark.OWN);
    settleAfterQuiet();

    assertThat(a.tree()).isEmpty();
    assertThat(a.rooted.blobs().cachedBytes()).isEqualTo(large.length + 7L);
    assertThat(b.tree()).containsOnlyKeys("large", "small");
    assertThat(a.fetchedBytes()).isZero();
    assertThat(a.trash()).hasSize(2).contains("content");

    b.write("small", "edited");
    settleAfterQuiet();
    assertThat(a.tree()).isEmpty();
    assertThat(a.rooted.blobs().cachedBytes()).isGreaterThanOrEqualTo(large.length + 6L);
    assertThat(b.failures()).isEmpty();
  }

  @Test
  void fileInAKeptRoot_killedAnywhere_isAFileOrABlob_andEndsAsABlob() throws Exception {
    int effects = 0;
    for (boolean isStopped = true; isStopped; effects++) {
      try (SyncRig again = new SyncRig()) {
        SyncRig.Peer a = again.peer("a", Mark.KEEP);
        SyncRig.Peer b = again.peer("b", Mark.OWN);
        a.write("f", "content");
        again.settle();
        long before = a.disk.effects();
        a.disk.powerOffAfter(effects);
        again.time.advance(Duration.ofMinutes(11));
        a.work();
        isStopped = a.disk.effects() - before >= effects;
        a.disk.kill();
        assertThat(a.tree().containsKey("f") || a.rooted.blobs().cachedBytes() == 7)
            .as("stopped before effect %d", effects)
            .isTrue();
        a.restart();
        again.settle();
        again.time.advance(Duration.ofMinutes(11));
        again.settle();
        a.rooted.gate().payDebts();
        assertThat(a.tree()).as("stopped before effect %d", effects).isEmpty();
        assertThat(a.rooted.blobs().cachedBytes()).isEqualTo(7);
        assertThat(b.tree()).containsOnlyKeys("f");
        assertThat(b.rooted.pins().pins()).isEmpty();
      }
    }
    assertThat(effects).isGreaterThan(4);
  }

  @Test
  void fileThatReturnsUnderAnotherName_isMadeOfTheTrash() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.OWN);
    SyncRig.Peer b = rig.peer("b", Mark.OWN);
    byte[] large = ScriptedPeer.bytes(1, 3_000_000);
    a.files.write("large", large);
    a.write("small", "content");
    a.write("stays", "content of another");
    a.write("stays, too", "content of a third");
    rig.settle();
    long fetched = b.fetchedBytes();
    a.files.delete("large");
    a.files.delete("small");
    rig.settle();
    assertThat(b.trash()).hasSize(2);

    a.files.write("other large", large);
    a.write("other small", "content");
    rig.settle();

    assertThat(b.tree()).isEqualTo(a.tree()).hasSize(4);
    assertThat(b.fetchedBytes()).isEqualTo(fetched);
    assertThat(b.trash()).hasSize(2).contains("content");
  }

  @Test
  void ownedDirectory_givenUpWithItsMark_isMadeAgainWithTheNext() throws Exception {
    SyncRig.Peer a = rig.peer("a", Mark.OWN);
    SyncRig.Peer b = rig.peer("b", Mark.WATCH);
    a.files.createDirectory("d");
    a.write("d/f", "content");
    b.mark("d", Mark.OWN);
    rig.settle();
    b.mark("d", null);
    settleAfterQuiet();
    assertThat(b.tree()).containsOnlyKeys("d");

    b.mark("d", Mark.OWN);
    rig.settle();
    assertThat(b.tree()).containsOnlyKeys("d", "d/f");

    b.mark("d", null);
    settleAfterQuiet();
    b.mark("d", Mark.KEEP);
    rig.settle();
    assertThat(b.tree()).containsOnlyKeys("d");
    assertThat(b.rooted.blobs().cachedBytes()).isEqualTo(7);
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
