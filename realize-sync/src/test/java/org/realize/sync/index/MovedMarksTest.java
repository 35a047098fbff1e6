package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.realize.sync.index.IndexerRig.StoppingStore;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;

class MovedMarksTest {

  private IndexerRig rig = new IndexerRig();

  MovedMarksTest() throws Exception {}

  private void mark(String path, Mark mark) throws RealizeException {
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of(path), mark);
    });
  }

  private Map<String, Mark> marks() throws RealizeException {
    Map<String, Mark> marks = new TreeMap<>();
    rig.store
        .<Map<RelativePath, Mark>>read(reader -> reader.marks())
        .forEach((path, mark) -> marks.put(path.toString(), mark));
    return marks;
  }

  /** A tree of more files than one commit has, with marks on and below its top. */
  private void tree() throws Exception {
    rig.user.createDirectory("a");
    rig.user.createDirectory("a/b");
    rig.user.createDirectory("a/b/c");
    for (int i = 0; i < 600; i++) {
      rig.write("a/b/f" + i, "content " + i);
    }
    rig.write("a/b/c/g", "content");
    rig.write("z", "content");
    rig.scan();
    mark("a/b", Mark.KEEP);
    mark("a/b/c/g", Mark.WATCH);
    mark("a/b/later", Mark.OWN);
    mark("z", Mark.WATCH);
  }

  private static final Map<String, Mark> MOVED =
      Map.of("n/b", Mark.KEEP, "n/b/c/g", Mark.WATCH, "n/b/later", Mark.OWN, "z", Mark.WATCH);

  @Test
  void directoryRenamed_itsMarksMove() throws Exception {
    tree();
    rig.user.rename("a", "n");
    rig.scan();
    assertThat(marks()).isEqualTo(MOVED);
    rig.user.rename("n", "0");
    rig.look("0", "n");
    assertThat(marks()).containsOnlyKeys("0/b", "0/b/c/g", "0/b/later", "z");
  }

  @Test
  void directoryRenamed_killedAnywhere_eachMarkIsAtOneOfTheTwo_andEndsAtTheNew() throws Exception {
    boolean isStopped = true;
    int commits = 0;
    for (; isStopped; commits++) {
      rig = new IndexerRig();
      tree();
      Map<String, Mark> before = marks();
      rig.user.rename("a", "n");
      isStopped = false;
      try {
        rig.on(new StoppingStore(rig.store, commits)).scan();
      } catch (StorageFailed e) {
        isStopped = true;
      }
      assertThat(marks()).as("after %d commits", commits).isIn(before, MOVED);
      rig.start();
      rig.scan();
      rig.scan();
      assertThat(marks()).as("after %d commits", commits).isEqualTo(MOVED);
    }
    assertThat(commits).isGreaterThan(4);
  }

  /** A name that is gone is due at another moment than a new one. */
  @Test
  void directoryRenamed_oldNameLookedAtFirst_marksMove_alsoAfterARestart() throws Exception {
    tree();
    rig.user.rename("a", "n");
    rig.look("a");
    assertThat(marks()).containsOnlyKeys("a/b", "a/b/c/g", "a/b/later", "z");
    rig.start();
    rig.look("n");
    assertThat(marks()).isEqualTo(MOVED);

    rig.user.rename("z", "y");
    rig.look("z");
    rig.look("y");
    assertThat(marks()).containsEntry("z", Mark.WATCH).containsEntry("y", Mark.WATCH);
  }

  @Test
  void directoryGone_andAnotherMade_keepsItsMarks_whateverReturns() throws Exception {
    rig.user.createDirectory("a");
    rig.user.createDirectory("away");
    rig.scan();
    mark("a", Mark.KEEP);
    rig.user.rename("a", "away/a");
    rig.ignore = List.of("away/a");
    rig.start();
    rig.look("a");
    rig.user.createDirectory("a");
    rig.look("a");
    rig.ignore = List.of();
    rig.start();
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("a", Mark.KEEP));
  }

  @Test
  void fileRenamed_itsMarkIsCopied_unlessTheNewNameHasOne() throws Exception {
    rig.write("f", "one");
    rig.write("g", "two");
    rig.scan();
    mark("f", Mark.KEEP);
    mark("g", Mark.KEEP);
    mark("new-g", Mark.WATCH);
    rig.user.rename("f", "new-f");
    rig.user.rename("g", "new-g");
    rig.look("f", "new-f", "g", "new-g");
    assertThat(marks())
        .isEqualTo(Map.of("f", Mark.KEEP, "new-f", Mark.KEEP, "g", Mark.KEEP, "new-g", Mark.WATCH));
  }

  @Test
  void fileLinkedOrCopied_marksStay() throws Exception {
    rig.write("f", "one");
    rig.scan();
    mark("f", Mark.KEEP);
    rig.user.hardLink("linked", "f");
    rig.write("copied", "one");
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("f", Mark.KEEP));
    rig.user.delete("f");
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("f", Mark.KEEP));
  }

  @Test
  void directoryInAMovedOne_thatMovedToo_takesItsMarkAlong() throws Exception {
    rig.user.createDirectory("a");
    rig.user.createDirectory("a/b");
    rig.write("a/b/f", "one");
    rig.scan();
    mark("a", Mark.KEEP);
    mark("a/b", Mark.WATCH);
    rig.user.rename("a", "c");
    rig.user.rename("c/b", "d");
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("c", Mark.KEEP, "d", Mark.WATCH));
  }

  @Test
  void directoriesThatChangedTheirNames_changeTheirMarks() throws Exception {
    for (String name : List.of("a", "b")) {
      rig.user.createDirectory(name);
      rig.write(name + "/f", name);
      rig.scan();
    }
    mark("a", Mark.KEEP);
    mark("b/f", Mark.WATCH);
    rig.user.rename("a", "c");
    rig.user.rename("b", "a");
    rig.user.rename("c", "b");
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("b", Mark.KEEP, "a/f", Mark.WATCH));
  }

  @Test
  void otherDirectoryOfTheName_orOfANewName_getsNoMark() throws Exception {
    rig.user.createDirectory("a");
    rig.scan();
    mark("a", Mark.KEEP);
    rig.user.delete("a");
    rig.time.advance(Duration.ofSeconds(1));
    rig.user.createDirectory("b");
    rig.scan();
    assertThat(marks()).isEqualTo(Map.of("a", Mark.KEEP));
  }

  @Test
  void ignoredName_takenInByAMark_isTakenInAtItsNewName() throws Exception {
    rig.ignore = List.of("*.tmp");
    rig.start();
    rig.user.createDirectory("a");
    rig.write("a/x.tmp", "wanted");
    mark("a/x.tmp", Mark.OWN);
    rig.scan();
    assertThat(rig.tree()).containsKey("a/x.tmp");
    rig.user.rename("a", "b");
    Indexer.IndexOutcome outcome = rig.scan();
    assertThat(outcome.again()).contains(RelativePath.of("b/x.tmp"));
    rig.look("b/x.tmp");
    assertThat(rig.tree()).containsOnlyKeys("b", "b/x.tmp");
    assertThat(marks()).isEqualTo(Map.of("b/x.tmp", Mark.OWN));
  }
}
