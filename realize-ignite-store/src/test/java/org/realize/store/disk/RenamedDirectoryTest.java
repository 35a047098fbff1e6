package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.posix.Errno;
import org.realize.sync.rules.Judgement;
import org.realize.sync.view.RenameKind;

/** Renames of directories of which a part is not on the disk. */
final class RenamedDirectoryTest extends RootedArenaRig {

  @Test
  void renamedDirectory_toAnEmptyOne_goesAsAWhole_whateverIsHere() throws Exception {
    isIndexing = true;
    ticking(() -> {
      for (int here = 0; here < 64; here++) {
        renameToAnEmptyOne("t" + here + "/", here);
      }
      return null;
    });
  }

  private void renameToAnEmptyOne(String top, int here) throws Exception {
    List<String> files = List.of("A/A/a", "A/A/b", "A/A/e", "B/b", "B/C/x", "A/z");
    for (String directory : List.of("A", "A/A", "B", "B/C")) {
      rig.show(top + directory, new Content.Directory(), nas);
    }
    for (String file : files) {
      remote(top + file, file);
    }
    for (int i = 0; i < files.size(); i++) {
      if ((here >> i & 1) != 0) {
        makeReal(top + files.get(i));
      }
    }
    rename(top + "A/A/b", top + "c");
    rename(top + "A/A/a", top + "a");
    rename(top + "A/A/e", top + "B/C/e");
    rename(top + "B", top + "A/A");
    for (int look = 0; look < 2; look++) {
      assertThat(names(top + "A", 10)).as(top).containsExactlyInAnyOrder("A", "z");
      assertThat(names(top + "A/A", 10)).as(top).containsExactlyInAnyOrder("C", "b");
      assertThat(names(top + "A/A/C", 10)).as(top).containsExactlyInAnyOrder("e", "x");
      assertAbsent(top + "B");
      if (here % 8 == 7) {
        scan();
      }
    }
  }

  @Test
  void renamedDirectory_ofWhichAPartIsNotHere_goesAsAWhole() throws Exception {
    remote("d/remote", "far");
    remote("d/sub/deep", "farther");
    create("d/local", "here");
    create("d/changed", "once");
    scan();
    create("d/new", "not indexed");
    try (OpenFile file = view.open(inode("d/changed"), READ_WRITE, ROOT)) {
      write(file, 0, "later");
    }
    mark("d", Mark.KEEP);
    mark("d/sub/deep", Mark.OWN);
    List<String> all = List.of("remote", "sub", "sub/deep", "local", "changed", "new");
    List<Inode> inodes = new ArrayList<>(List.of(inode("d")));
    for (String name : all) {
      inodes.add(inode("d/" + name));
    }
    told.clear();
    rename("d", "e");
    assertAbsent("d");
    for (int look = 0; look < 2; look++) {
      List<Inode> now = new ArrayList<>(List.of(inode("e")));
      for (String name : all) {
        now.add(inode("e/" + name));
      }
      assertThat(now).isEqualTo(inodes);
      assertThat(names("e", 2)).containsExactly("changed", "local", "new", "remote", "sub");
      assertThat(names("e/sub", 2)).containsExactly("deep");
      assertThat(read("e/remote")).isEqualTo("far");
      assertThat(read("e/sub/deep")).isEqualTo("farther");
      assertThat(read("e/local")).isEqualTo("here");
      assertThat(read("e/changed")).isEqualTo("later");
      assertThat(read("e/new")).isEqualTo("not indexed");
      scan();
    }
    assertAbsent("d");
    assertThat(root.resolve("e/local")).hasContent("here");
    assertThat(root.resolve("e/remote")).doesNotExist();
    assertThat(state("e/remote").shown().from()).isEqualTo(RelativePath.of("d/remote"));
    assertThat(state("e/local").shown().from()).isEqualTo(RelativePath.of("d/local"));
    for (String name : all) {
      if (!name.equals("sub")) {
        assertThat(Judgement.isConflict(state("e/" + name))).as(name).isFalse();
      }
      assertAbsent("d/" + name);
    }
    assertThat(state("d/remote").shown().isTombstone()).isTrue();
    assertThat(state("d/local").realStat()).isNull();
    Map<RelativePath, Mark> marks = rig.store.read(reader -> reader.marks());
    assertThat(marks)
        .isEqualTo(
            Map.of(RelativePath.of("e"), Mark.KEEP, RelativePath.of("e/sub/deep"), Mark.OWN));
    assertThat(told).noneMatch(notice -> notice.endsWith(" d") || notice.endsWith(" e"));
  }

  @Test
  void renamedDirectory_withAFileThatAPeerHasRemoved_doesNotBringItBack() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/f", "old");
    create("d/g", "stays");
    scan();
    rig.follow("d/f", new Content.Absent(), nas);
    assertThat(names("d", 10)).containsExactly("g");
    rename("d", "e");
    for (int look = 0; look < 2; look++) {
      assertAbsent("e/f");
      assertAbsent("d");
      assertThat(names("e", 10)).containsExactly("g");
      assertThat(root.resolve("e/f")).as("a job takes it").hasContent("old");
      scan();
    }
    create("e/f", "new");
    assertThat(trashed()).containsExactly("old");
    scan();
    assertThat(read("e/f")).isEqualTo("new");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
  }

  @Test
  void renamedDirectory_ofWhichNothingIsHere_isOneCommit() throws Exception {
    remote("d/f", "far");
    view.makeDirectory(at("own"), FOLDER, ROOT);
    scan();
    Inode file = inode("d/f");
    rename("d", "own/e");
    assertAbsent("d");
    assertThat(inode("own/e/f")).isEqualTo(file);
    assertThat(read("own/e/f")).isEqualTo("far");
    assertThat(root.resolve("own/e")).doesNotExist();
    scan();
    assertThat(inode("own/e/f")).isEqualTo(file);
    rename("own/e", "d");
    assertThat(inode("d/f")).isEqualTo(file);
    assertThat(names("own", 9)).isEmpty();
    scan();
    assertThat(read("d/f")).isEqualTo("far");
    assertThat(Judgement.isConflict(state("d/f"))).isFalse();
  }

  @Test
  void renamedDirectory_replacesAnEmptyOne_onEitherSide_andNoOther() throws Exception {
    for (String kind : List.of("remote", "mixed")) {
      String from = kind + "/from";
      remote(from + "/f", "far");
      if (kind.equals("mixed")) {
        create(from + "/local", "here");
      }
      scan();
      view.makeDirectory(at(kind + "/here"), FOLDER, ROOT);
      rig.show(kind + "/there", new Content.Directory(), nas);
      create(kind + "/file", "x");
      scan();
      view.makeDirectory(at(kind + "/full"), FOLDER, ROOT);
      create(kind + "/full/f", "x");
      assertErrno(() -> rename(from, kind + "/full"), Errno.ENOTEMPTY);
      assertErrno(() -> rename(from, kind + "/file"), Errno.ENOTDIR);
      assertErrno(
          () -> view.rename(at(from), at(kind + "/here"), RenameKind.NEW, ROOT), Errno.EEXIST);
      assertErrno(() -> rename(from, from + "/inside"), Errno.EINVAL);
      String part = "x".repeat(250);
      rename(from, kind + "/here");
      rename(kind + "/here", kind + "/there");
      rename(kind + "/there", kind + "/" + part);
      assertThat(find(kind + "/" + part + "/f").sizeBytes()).isEqualTo(3);
      scan();
      assertThat(names(kind, 9)).containsExactlyInAnyOrder("file", "full", part);
      assertThat(find(kind + "/" + part + "/f").sizeBytes()).isEqualTo(3);
      if (kind.equals("mixed")) {
        assertThat(read(kind + "/" + part + "/local")).isEqualTo("here");
        assertThat(root.resolve(kind + "/" + part + "/local")).hasContent("here");
      }
    }
  }

  @Test
  void renamedDirectory_nameBelowWouldBeTooLong_isRefused() throws Exception {
    String part = "x".repeat(250);
    remote("d" + ("/" + part).repeat(16), "deep");
    assertErrno(() -> rename("d", part), Errno.ENAMETOOLONG);
    rename("d", "e");
    assertThat(read("e" + ("/" + part).repeat(16))).isEqualTo("deep");
  }

  @Test
  void renamedDirectory_withABranch_completesThatFirst() throws Exception {
    remote("d/f", "remote");
    remote("d/g", "other");
    try (OpenFile file = view.open(inode("d/f"), READ_WRITE, ROOT)) {
      write(file, 0, "R");
    }
    assertThat(root.resolve("d/f")).doesNotExist();
    assertThatThrownBy(() ->
            inRefusal(() -> {
              rename("d", "e");
              return "";
            }))
        .isInstanceOf(WouldWait.class);
    rename("d", "e");
    assertThat(root.resolve("e/f")).hasContent("Remote");
    assertThat(root.resolve("d")).doesNotExist();
    assertThat(read("e/f")).isEqualTo("Remote");
    assertThat(read("e/g")).isEqualTo("other");
    scan();
    assertThat(read("e/f")).isEqualTo("Remote");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
    assertAbsent("d");
  }

  @Test
  void renamedDirectory_withAFileThatReplacedOneThatIsNotHere_isNoConflict() throws Exception {
    remote("d/f", "remote");
    create("d/f.tmp", "saved");
    rename("d/f.tmp", "d/f");
    rename("d", "e");
    assertThat(read("e/f")).isEqualTo("saved");
    scan();
    assertThat(read("e/f")).isEqualTo("saved");
    assertThat(Judgement.isConflict(state("e/f"))).isFalse();
    assertAbsent("d/f");
    assertThat(Judgement.isConflict(state("d/f"))).isFalse();
  }
}
