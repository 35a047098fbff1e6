package org.realize.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.posix.Errno;
import org.realize.sync.rules.Judgement;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** Names of an arena with a root that only the store shows, or shows otherwise than the disk. */
final class StoredNameTest extends RootedArenaRig {

  @Test
  void remove_ofWhatIsNotHere_isAVersion() throws Exception {
    remote("d/f", "x");
    Version before = state("d/f").shown();
    view.remove(at("d/f"), ROOT);
    assertAbsent("d/f");
    assertThat(state("d/f").shown().isTombstone()).isTrue();
    assertThat(state("d/f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
    assertThat(state("d/f").announcedSeq()).isPositive();
    assertThat(Files.exists(root.resolve("d"))).isFalse();
  }

  @Test
  void rename_ofAFileThatIsNotHere_movesNoByteAndKeepsTheInode() throws Exception {
    remote("f", "remote bytes");
    Inode file = inode("f");
    view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
    assertAbsent("f");
    assertThat(inode("g")).isEqualTo(file);
    assertThat(Files.exists(root.resolve("g"))).isFalse();
    assertThat(state("g").shown().content()).isInstanceOf(Content.File.class);
    assertThat(state("g").shown().from()).isEqualTo(RelativePath.of("f"));
  }

  @Test
  void attributes_ofWhatIsNotHere_areCommitted() throws Exception {
    remote("f", "x");
    FileTime time = new FileTime(1_000, 5);
    AttributeChange change =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, new TimeChange.To(time), false);
    Attributes after = view.change(inode("f"), null, change, ROOT);
    assertThat(after.mode()).isEqualTo(0600);
    assertThat(after.times().modified()).isEqualTo(time);
    assertThat(Files.exists(root.resolve("f"))).isFalse();
  }

  @Test
  void setAttribute_mark_isOfThePathWhereverItsBytesAre_andNotOfTheFile() throws Exception {
    remote("d/far", "x");
    Inode near = create("near", "y");
    byte[] keep = "keep".getBytes(UTF_8);
    for (String path : List.of("d", "d/far", "near")) {
      view.setAttribute(inode(path), "user.realize.mark", keep, AttributeSetting.ALWAYS, ROOT);
      assertThat(view.attribute(inode(path), "user.realize.mark")).contains(keep);
      assertThat(rig.store.<Map<RelativePath, Mark>>read(reader -> reader.marks()))
          .containsEntry(RelativePath.of(path), Mark.KEEP);
    }
    assertThat(Files.exists(root.resolve("d"))).as("nothing is brought here for it").isFalse();
    assertThat(view.attributeNames(near)).isEmpty();
    view.removeAttribute(near, "user.realize.mark", ROOT);
    assertThat(view.attribute(near, "user.realize.mark"))
        .contains("watch (inherited)".getBytes(UTF_8));
  }

  @Test
  void fileThatAJobMakes_whileItIsLookedAt_keepsItsInode() throws Exception {
    remote("f", "theirs");
    Inode file = inode("f");
    CompletableFuture<Boolean> isLookedAt = new CompletableFuture<>();
    CompletableFuture<Boolean> isMade = new CompletableFuture<>();
    FutureTask<Inode> look = new FutureTask<>(() -> inode("f"));
    afterRename =
        () -> {
          afterState =
              () -> {
                isLookedAt.complete(true);
                return isMade.orTimeout(30, TimeUnit.SECONDS).join();
              };
          Thread.ofVirtual().start(look);
          return isLookedAt.orTimeout(30, TimeUnit.SECONDS).join();
        };
    makeReal("f", "theirs");
    isMade.complete(true);
    assertThat(look.get(30, TimeUnit.SECONDS)).isEqualTo(file);
    assertThat(afterState).isNull();
    assertThat(inode("f")).isEqualTo(file);
  }

  @Test
  void renameOver_aFileThatIsNotHere_replacesIt_withoutConflict() throws Exception {
    remote("f", "remote");
    Version before = state("f").shown();
    create("f.tmp", "saved");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    assertThat(read("f")).isEqualTo("saved");
    scan();
    assertThat(state("f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(read("f")).isEqualTo("saved");
  }

  @Test
  void remove_ofAFileThatReplacedOneThatIsNotHere_doesNotShowThatAgain() throws Exception {
    remote("f", "remote");
    create("f.tmp", "saved");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    view.remove(at("f"), ROOT);
    assertAbsent("f");
    scan();
    assertAbsent("f");
    create("f", "third");
    view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
    assertAbsent("f");
    scan();
    assertAbsent("f");
    assertThat(read("g")).isEqualTo("third");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "link", "directory"})
  void removedName_notYetIndexed_isTakenByAFileThatIsNotHere(String kind) throws Exception {
    switch (kind) {
      case "file" -> Files.writeString(root.resolve("f"), "old");
      case "link" -> Files.createSymbolicLink(root.resolve("f"), Path.of("old"));
      default -> Files.createDirectory(root.resolve("f"));
    }
    scan();
    Version before = state("f").shown();
    remote("B/f", "remote");
    Inode moved = inode("B/f");
    if (kind.equals("directory")) {
      view.removeDirectory(at("f"), ROOT);
    } else {
      view.remove(at("f"), ROOT);
    }
    rename("B/f", "f");
    for (int look = 0; look < 2; look++) {
      assertThat(read("f")).isEqualTo("remote");
      assertThat(inode("f")).isEqualTo(moved);
      assertThat(state("f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
      assertThat(state("f").realStat()).isNull();
      assertThat(alternatives("f")).isEmpty();
      assertThat(Files.exists(root.resolve("f"))).isFalse();
      assertAbsent("B/f");
      scan();
    }
  }

  /** A peer's version is shown by then: the name is replaced as any that is not here. */
  @Test
  void removedName_ofWhichAPeerHasANewerVersion_isTakenByAFileThatIsNotHere() throws Exception {
    create("f", "old");
    scan();
    remote("B/f", "remote");
    view.remove(at("f"), ROOT);
    rig.follow("f", nas.serve("theirs".getBytes(UTF_8)), nas);
    Version theirs = state("f").shown();
    assertThat(read("f")).isEqualTo("theirs");
    rename("B/f", "f");
    scan();
    assertThat(read("f")).isEqualTo("remote");
    assertThat(state("f").shown().vector().compare(theirs.vector())).isEqualTo(Order.AFTER);
    assertThat(alternatives("f")).isEmpty();
    assertAbsent("B/f");
  }

  /** Nobody but the index knows whether a name that no call of the mount took away is removed. */
  @Test
  void nameRemovedInTheRoot_isTakenByAFileThatIsNotHere_onceItIsIndexed() throws Exception {
    create("f", "old");
    create("marked", "old");
    mark("marked", Mark.KEEP);
    scan();
    remote("B/f", "remote");
    remote("B/g", "remote");
    Files.delete(root.resolve("f"));
    assertThatThrownBy(() -> inRefusal(() -> rename("B/f", "f"))).isInstanceOf(WouldWait.class);
    view.rename(at("marked"), at("moved"), RenameKind.REPLACE, ROOT);
    assertThatThrownBy(() -> inRefusal(() -> rename("B/g", "marked")))
        .isInstanceOf(WouldWait.class);
    hinted.clear();
    isIndexing = true;
    ticking(() -> {
      rename("B/f", "f");
      return rename("B/g", "marked");
    });
    assertThat(hinted).containsOnlyOnce("changed f", "changed marked");
    assertThat(read("f")).isEqualTo("remote");
    assertThat(read("marked")).isEqualTo("remote");
    scan();
    assertThat(rig.store.read(ArenaReader::marks))
        .containsEntry(RelativePath.of("moved"), Mark.KEEP);
  }

  private void give(String path, int gid) throws RealizeException {
    AttributeChange given =
        new AttributeChange(
            null, new FileOwner(-1, gid), null, TimeChange.STAYS, TimeChange.STAYS, false);
    view.change(inode(path), null, given, ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"remote", "other", ""})
  void fileJustBroughtToTheDisk_andChanged_isReplaced(String text) throws Exception {
    remote("f", text);
    remote("B/f", "remote");
    remote("B/g", "remote");
    give("f", 7);
    give("f", 8);
    rename("B/f", "f");
    assertThat(read("f")).isEqualTo("remote");
    scan();
    assertThat(read("f")).isEqualTo("remote");
    assertThat(alternatives("f")).isEmpty();
  }

  @Test
  void newNames_belowADirectoryThatIsNotHere_makeItHere_asNoVersionOfAUsers() throws Exception {
    rig.show("d", new Content.Directory(), nas);
    rig.show("d/e", new Content.Directory(), nas);
    remote("d/e/f", "x");
    Version directory = state("d/e").shown();
    create("d/e/g", "y");
    assertThat(root.resolve("d/e/g")).hasContent("y");
    assertThat(names("d/e", 1)).containsExactly("f", "g");
    scan();
    assertThat(state("d/e").isReal(new Content.Directory())).isTrue();
    assertThat(state("d/e").shown()).isEqualTo(directory);
    assertErrno(() -> view.removeDirectory(at("d/e"), ROOT), Errno.ENOTEMPTY);
    view.remove(at("d/e/g"), ROOT);
    assertErrno(() -> view.removeDirectory(at("d/e"), ROOT), Errno.ENOTEMPTY);
    view.remove(at("d/e/f"), ROOT);
    view.removeDirectory(at("d/e"), ROOT);
    assertAbsent("d/e");
    scan();
    assertAbsent("d/e");
  }

  @Test
  void removedTree_canBeMadeAgainAtOnce_beforeTheIndexHasSeenIt() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "x");
    scan();
    view.remove(at("d/f"), ROOT);
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    create("d", "now a file");
    assertThat(read("d")).isEqualTo("now a file");
    view.remove(at("d"), ROOT);
    view.makeDirectory(at("d"), FOLDER, ROOT);
    assertThat(names("d", 10)).isEmpty();
    scan();
    assertThat(names("d", 10)).isEmpty();
  }

  @Test
  void removedNames_thatAJobPutsOnTheDiskMeanwhile_areNotShown_andHoldUpNoDirectory()
      throws Exception {
    remote("moved/d/f1", "one");
    remote("moved/d/f2", "two");
    Files.createDirectories(root.resolve("moved/d"));
    List<String> shown = new ArrayList<>(List.of("?"));
    beforeEffect =
        () -> {
          view.remove(at("moved/d/f1"), ROOT);
          view.remove(at("moved/d/f2"), ROOT);
          beforeEffect =
              () -> {
                shown.clear();
                shown.addAll(list(inode("moved/d"), 10)); // f1 is on the disk by now
                assertThatThrownBy(() -> inRefusal(() -> remove("moved/d")))
                    .isInstanceOf(WouldWait.class);
                return null;
              };
          return null;
        };
    real.apply().applyAll(List.of(file("moved/d/f1", "one"), file("moved/d/f2", "two")));
    assertThat(root.resolve("moved/d/f1")).hasContent("one");
    assertThat(root.resolve("moved/d/f2")).hasContent("two");
    assertThat(shown).isEmpty();
    assertThat(names("moved/d", 10)).isEmpty();
    remove("moved/d");
    remove("moved");
    assertThat(root.resolve("moved")).doesNotExist();
    scan();
    assertAbsent("moved");
  }

  @Test
  void saveByRename_overAnOlderFileThanAPeerHas_isAConflict() throws Exception {
    Inode old = create("f", "old");
    scan();
    rig.links.clear();
    rig.follow("f", nas.serve("theirs, which cannot be had".getBytes(UTF_8)), nas);
    assertThat(read("f")).isEqualTo("old");
    Inode made = create("f.tmp", "new");
    view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
    assertThat(inode("f")).isEqualTo(made).isNotEqualTo(old);
    scan();
    assertThat(read("f")).isEqualTo("new");
    assertThat(Judgement.isConflict(state("f"))).isTrue();
  }

  /** A newer version, which the mount does not show since nobody has its bytes now. */
  private Content.File followUnseen(String path) throws Exception {
    Content.File theirs = nas.serve("theirs, which cannot be had".getBytes(UTF_8));
    rig.links.clear();
    rig.follow(path, theirs, nas);
    return theirs;
  }

  private void assertRemoved(String path, Content.File unseen) throws Exception {
    assertAbsent(path);
    for (int look = 0; look < 2; look++) {
      scan();
      assertAbsent(path);
      assertThat(state(path).shown().isTombstone()).isTrue();
      assertThat(alternatives(path)).containsExactly(unseen);
      rig.links.add(nas);
    }
    assertThat(root.resolve(path)).doesNotExist();
  }

  @Test
  void removed_anOlderFileThanAPeerHas_leavesThatAsAnAlternative_thatIsNotShown() throws Exception {
    create("f", "old");
    scan();
    Version old = state("f").shown();
    Content.File theirs = followUnseen("f");
    assertThat(read("f")).isEqualTo("old");
    view.remove(at("f"), ROOT);
    assertThat(state("f").shown().vector().compare(old.vector())).isEqualTo(Order.AFTER);
    assertRemoved("f", theirs);
  }

  @Test
  void removed_anOlderFileThanAPeerHas_thatIsNotAsIndexed_leavesThatToo() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    Files.writeString(root.resolve("f"), "edited in the root");
    assertThat(read("f")).isEqualTo("edited in the root");
    view.remove(at("f"), ROOT);
    assertRemoved("f", theirs);
    Content.File others = nas.serve("others".getBytes(UTF_8));
    Files.writeString(root.resolve("g"), "made in the root");
    rig.show("g", others, nas);
    assertThat(read("g")).isEqualTo("made in the root");
    view.remove(at("g"), ROOT);
    assertRemoved("g", others);
  }

  @Test
  void renamed_anOlderFileThanAPeerHas_leavesThatAsAnAlternativeAtTheOldName() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    rename("f", "g");
    assertRemoved("f", theirs);
    assertThat(read("g")).isEqualTo("old");
    assertThat(Judgement.isConflict(state("g"))).isFalse();
  }

  @Test
  void removedTree_ofAnOlderFileThanAPeerHas_isGone_andLeavesTheAlternative() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "old");
    scan();
    Content.File theirs = followUnseen("d/f");
    view.remove(at("d/f"), ROOT);
    assertThat(names("d", 10)).isEmpty();
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    assertRemoved("d/f", theirs);
    assertAbsent("d");
  }

  @Test
  void removedDirectory_inPlaceOfWhichAPeerHasAFile_leavesThatAsAnAlternative() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    scan();
    Content.File theirs = followUnseen("d");
    assertThat(names("d", 10)).isEmpty();
    view.removeDirectory(at("d"), ROOT);
    assertRemoved("d", theirs);
  }

  @Test
  void removed_theUnionOfADirectory_isNoConflict() throws Exception {
    rig.show("d", new Content.Directory(), nas);
    Files.createDirectory(root.resolve("d"));
    view.removeDirectory(at("d"), ROOT);
    assertAbsent("d");
    scan();
    assertAbsent("d");
    assertThat(Judgement.isConflict(state("d"))).isFalse();
  }

  @Test
  void removed_anOlderFileThanAPeerHas_killedBeforeTheCall_isRemoved() throws Exception {
    create("f", "old");
    scan();
    Content.File theirs = followUnseen("f");
    failingCall = "remove";
    assertThatThrownBy(() -> view.remove(at("f"), ROOT)).hasMessageContaining("no remove");
    failingCall = "";
    downloader.close();
    attach(new LocalDisk(root));
    assertAbsent("f");
    scan();
    assertThat(root.resolve("f")).as("the engine takes it").exists();
    assertAbsent("f");
    assertThat(alternatives("f")).containsExactly(theirs);
    create("f", "new");
    scan();
    assertThat(read("f")).isEqualTo("new");
    assertThat(alternatives("f")).containsExactly(theirs);
  }
}
