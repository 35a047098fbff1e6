package org.realize.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.posix.Errno;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.Created;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** The names of an arena with a root: inodes, the union of disk and store, and notices. */
final class RootedArenaTest extends RootedArenaRig {

  // ---- node ids

  @Test
  void removedDirectory_whileItsNamesAreIndexedAsRemoved_isNotShown() throws Exception {
    Files.createDirectory(root.resolve("d"));
    Files.writeString(root.resolve("d/f"), "x");
    scan();
    Files.delete(root.resolve("d/f"));
    Files.delete(root.resolve("d"));
    indexRemoval("d");
    afterListing = () -> indexRemoval("d/f");
    assertAbsent("d");
    assertThat(afterListing).isNull();
  }

  private @Nullable Object indexRemoval(String path) throws RealizeException {
    long counter = rig.global.nextCounter(rig.time.unixMillis());
    rig.store.write(writer -> {
      PathState before = writer.path(RelativePath.of(path)).orElseThrow();
      writer.put(
          LocalRules.removed(
              before,
              new LocalRules.Author(rig.global.identity().store(), counter, writer.nextSeq())));
    });
    return null;
  }

  @Test
  void newFile_indexed_keepsItsInode_alsoWhenItIsEditedInPlace() throws Exception {
    Inode made = create("f", "first");
    assertThat(inode("f")).isEqualTo(made);
    assertThat(stored("f")).isNull();
    scan();
    assertThat(stored("f")).isEqualTo(made);
    assertThat(inode("f")).isEqualTo(made);
    try (OpenFile file = view.open(made, READ_WRITE, ROOT)) {
      write(file, 0, "again");
      assertThat(find("f").inode()).isEqualTo(made);
    }
    scan();
    assertThat(inode("f")).isEqualTo(made);
    assertThat(stored("f")).isEqualTo(made);
    Files.writeString(root.resolve("f"), "by another program");
    assertThat(find("f").sizeBytes()).isEqualTo(18);
    assertThat(inode("f")).isEqualTo(made);
    scan();
    assertThat(stored("f")).isEqualTo(made);
    assertThat(read("f")).isEqualTo("by another program");
  }

  @Test
  void atomicSave_givesTheNameTheInodeOfTheNewFile() throws Exception {
    Inode old = create("f", "old");
    scan();
    try (OpenFile reader = view.open(old)) {
      Inode made = create("f.tmp", "new");
      view.rename(at("f.tmp"), at("f"), RenameKind.REPLACE, ROOT);
      assertThat(inode("f")).isEqualTo(made).isNotEqualTo(old);
      assertAbsent("f.tmp");
      assertThat(read(reader)).isEqualTo("old");
      assertThat(view.attributes(old).links()).isZero();
      scan();
      assertThat(stored("f")).isEqualTo(made);
      assertThat(inode("f")).isEqualTo(made);
      assertThat(view.attributes(old).sizeBytes()).isEqualTo(3);
    }
    assertErrno(() -> view.attributes(old), Errno.ESTALE);
  }

  @Test
  void renamedDirectory_keepsAllInodesBelow_beforeAndAfterTheIndexHasSeenIt() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    view.makeDirectory(at("d/sub"), FOLDER, ROOT);
    Inode deep = create("d/sub/deep", "x");
    Inode file = create("d/f", "y");
    scan();
    Inode d = inode("d");
    Inode sub = inode("d/sub");
    view.rename(at("d"), at("e"), RenameKind.REPLACE, ROOT);
    assertAbsent("d");
    assertThat(view.attributes(deep).sizeBytes()).isEqualTo(1);
    for (int look = 0; look < 2; look++) {
      assertThat(inode("e")).isEqualTo(d);
      assertThat(view.attributes(sub).inode()).isEqualTo(sub);
      assertThat(inode("e/sub")).isEqualTo(sub);
      assertThat(inode("e/sub/deep")).isEqualTo(deep);
      assertThat(inode("e/f")).isEqualTo(file);
      assertThat(view.attributes(file).sizeBytes()).isEqualTo(1);
      assertThat(view.parent(sub)).isEqualTo(d);
      assertThat(names("e", 1)).containsExactly("f", "sub");
      scan();
    }
    view.makeDirectory(at("d"), FOLDER, ROOT);
    assertThat(inode("d")).isNotEqualTo(d);
    scan();
    assertThat(inode("d")).isNotEqualTo(d);
    assertThat(inode("e")).isEqualTo(d);
  }

  @Test
  void hardLinks_haveOneInode_untilTheLastNameIsGone() throws Exception {
    Inode file = create("a", "x");
    scan();
    assertThat(view.link(file, at("b"), ROOT).links()).isEqualTo(2);
    assertThat(inode("b")).isEqualTo(file);
    assertThat(inode("a")).isEqualTo(file);
    scan();
    assertThat(inode("b")).isEqualTo(inode("a")).isEqualTo(file);
    view.remove(at("a"), ROOT);
    assertThat(view.attributes(file).links()).isEqualTo(1);
    assertThat(inode("b")).isEqualTo(file);
    view.rename(at("b"), at("c"), RenameKind.NEW, ROOT);
    assertThat(inode("c")).isEqualTo(file);
  }

  @Test
  void openFile_withoutAName_isChangedAndLinkedByItsInode() throws Exception {
    Created made = view.createNameless(inode(""), FILE, READ_WRITE, ROOT);
    Inode file = made.attributes().inode();
    try (OpenFile open = made.file()) {
      write(open, 0, "kept");
      assertThat(view.attributes(file).links()).isZero();
      assertThat(view.link(file, at("named"), ROOT).links()).isEqualTo(1);
    }
    assertThat(inode("named")).isEqualTo(file);
    assertThat(read("named")).isEqualTo("kept");
  }

  // ---- the union

  @Test
  void list_whileNamesAreIndexedAndMade_hasEachThatStaysOnce() throws Exception {
    Set<String> stay = new TreeSet<>();
    for (int i = 0; i < 60; i++) {
      remote("d/remote" + i, "r" + i);
      stay.add("remote" + i);
    }
    Files.createDirectories(root.resolve("d"));
    for (int i = 0; i < 60; i++) {
      Files.writeString(root.resolve("d/local" + i), "l");
      stay.add("local" + i);
    }
    Inode d = inode("d");
    for (int page : new int[] {1, 7, 1000}) {
      assertThat(list(d, page)).containsExactlyInAnyOrderElementsOf(stay);
    }
    List<String> listed = new ArrayList<>();
    long cursor = 0;
    for (int step = 0; ; step++) {
      List<DirectoryEntry> entries = view.list(d, cursor, 9);
      if (entries.isEmpty()) {
        break;
      }
      entries.forEach(entry -> listed.add(entry.name()));
      cursor = entries.getLast().cursor();
      Files.writeString(root.resolve("d/new" + step), "");
      if (step == 3) {
        scan();
      }
    }
    listed.removeIf(name -> name.startsWith("new"));
    assertThat(listed).containsExactlyInAnyOrderElementsOf(stay);
    assertThat(view.list(d, 0, 1000))
        .allSatisfy(entry -> {
          assertThat(entry.attributes()).isEqualTo(view.lookup(d, entry.name()));
        });
  }

  @Test
  void list_inPages_readsTheDirectoryOnce_alsoAfterAnotherListingOfIt() throws Exception {
    Set<String> names = new TreeSet<>();
    for (int i = 0; i < 100; i++) {
      String name = "näme " + i;
      Files.createFile(root.resolve(name));
      names.add(name);
    }
    Inode directory = inode("");
    for (int page : new int[] {1, 7, 200}) {
      directoriesRead = 0;
      assertThat(names("", page)).isEqualTo(names);
      assertThat(directoriesRead).isOne();
    }
    DirectoryEntry first = view.list(directory, 0, 1).getFirst();
    assertThat(names("", 10)).isEqualTo(names);
    assertThat(view.list(directory, first.cursor(), 200)).as("forgotten, read again").hasSize(99);
  }

  @Test
  void localFile_isShownAtOnce_asItIs_andOwnFilesAreNot() throws Exception {
    Files.writeString(root.resolve("f"), "x");
    Files.createSymbolicLink(root.resolve("l"), Path.of("f"));
    assertThat(find("f").sizeBytes()).isEqualTo(1);
    assertThat(view.readLink(inode("l"))).isEqualTo("f");
    assertThat(names("", 10)).containsExactly("f", "l");
    assertThatThrownBy(() -> find(".realize"))
        .isInstanceOfSatisfying(
            CallFailed.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    assertErrno(() -> view.makeDirectory(at(".realize"), FOLDER, ROOT), Errno.EPERM);
    Files.delete(root.resolve("f"));
    assertAbsent("f");
    scan();
    Files.delete(root.resolve("l"));
    assertAbsent("l");
    assertThat(names("", 10)).isEmpty();
  }

  @Test
  void placeInDoubt_showsTheStore_andIsNotChanged() throws Exception {
    create("f", "x");
    scan();
    remote("r", "y");
    isDoubtful = true;
    assertThat(names("", 10)).containsExactly("f", "r");
    assertErrno(() -> view.create(at("g"), FILE, READ_WRITE, ROOT), Errno.EROFS);
    assertErrno(() -> view.remove(at("r"), ROOT), Errno.EROFS);
    assertErrno(() -> view.open(inode("r"), READ_WRITE, ROOT), Errno.EROFS);
  }

  // ---- the private root

  @Test
  void privateRoot_beginsWithTheFirstChange_withoutHoldingUpOthers() throws Exception {
    isBegun = false;
    isDoubtful = true;
    remote("f", "theirs");
    assertThat(read("f")).isEqualTo("theirs");
    assertThat(names("", 10)).containsExactly("f");
    assertThat(hinted).isEmpty();
    assertThatThrownBy(() -> inRefusal(() -> view.create(at("g"), FILE, READ_WRITE, ROOT)))
        .isInstanceOf(WouldWait.class);
    assertThat(hinted).isEmpty();
    create("g", "mine");
    assertThat(hinted.getFirst()).isEqualTo("begun");
    assertThat(root.resolve("g")).hasContent("mine");
    assertThat(names("", 10)).containsExactlyInAnyOrder("f", "g");
  }

  @Test
  void attributesOfTheArena_ofAPrivateRootThatHasNotBegun_areChangedOnTheDisk() throws Exception {
    isBegun = false;
    isDoubtful = true;
    AttributeChange change =
        new AttributeChange(
            0700, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, TimeChange.STAYS, false);
    assertThat(view.change(inode(""), null, change, ROOT).mode()).isEqualTo(0700);
    assertThat(Files.getAttribute(root, "unix:mode")).isEqualTo(040700);
  }

  // ---- what is newer than the disk

  @Test
  void newerVersion_isShownOnceItCanBeHad_andStaysShown_alsoInTheNextLife() throws Exception {
    create("f", "old");
    scan();
    Content.File newer = nas.serve("newer".getBytes(UTF_8));
    rig.links.clear();
    rig.replace("f", newer, nas);
    assertThat(read("f")).isEqualTo("old");
    rig.links.add(nas);
    assertThat(read("f")).isEqualTo("newer");
    rig.links.clear();
    rig.blobs.delete(newer.hash());
    assertThat(rig.blobs.find(newer.hash())).isEmpty();
    assertNewerIsShown();
    view.detach(ArenaRig.NAME);
    attach(new LocalDisk(root));
    assertNewerIsShown();
    scan();
    assertNewerIsShown();
    Files.writeString(root.resolve("f"), "edited in the root");
    assertThat(read("f")).isEqualTo("edited in the root");
  }

  private void assertNewerIsShown() throws Exception {
    assertThat(find("f").sizeBytes()).isEqualTo("newer".length());
    assertThat(inode("f")).isEqualTo(stored("f"));
    assertThat(list(inode(""), 10)).containsExactly("f");
  }

  // ---- notices

  @Test
  void peersVersion_ofAFileThatAProgramWrote_isNotified() throws Exception {
    create("f", "mine");
    scan();
    told.clear();
    rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
    assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" f"));
  }

  @Test
  void peersVersionAndRemoval_ofAFileThatAProgramHasOpen_areNotified() throws Exception {
    Map<String, Content> theirs =
        Map.of("f", nas.serve("theirs".getBytes(UTF_8)), "g", new Content.Absent());
    for (Map.Entry<String, Content> each : theirs.entrySet()) {
      String name = each.getKey();
      try (OpenFile file = view.open(create(name, "mine"))) {
        scan();
        told.clear();
        rig.follow(name, each.getValue(), nas);
        assertThat(told).contains("entry " + at(name).directory() + " " + name);
        assertThat(read(file)).isEqualTo("mine");
      }
    }
  }

  @Test
  void exchange_ofADirectoryWithIndexedNames_isRefused_ofAnyOtherIsMade() throws Exception {
    view.makeDirectory(at("d"), FOLDER, ROOT);
    create("d/inner", "i");
    create("f", "f");
    view.rename(at("d"), at("f"), RenameKind.EXCHANGE, ROOT);
    assertThat(read("f/inner")).isEqualTo("i");
    assertThat(read("d")).isEqualTo("f");
    scan();
    assertErrno(() -> view.rename(at("f"), at("d"), RenameKind.EXCHANGE, ROOT), Errno.EXDEV);
    assertErrno(() -> view.rename(at("d"), at("f"), RenameKind.EXCHANGE, ROOT), Errno.EXDEV);
    assertThat(read("f/inner")).isEqualTo("i");
    view.makeDirectory(at("empty"), FOLDER, ROOT);
    scan();
    view.rename(at("empty"), at("d"), RenameKind.EXCHANGE, ROOT);
    assertThat(read("empty")).isEqualTo("f");
    assertThat(names("d", 10)).isEmpty();
  }

  /** Each name leads to an inode that is there, whatever was renamed, and indexed, before. */
  @Test
  void directoriesThatAreRenamedAndExchanged_whileTheyAreIndexed_keepAllNames() throws Exception {
    long seed = Long.getLong("rooted.seed", 1);
    for (long run = seed; run < seed + Integer.getInteger("rooted.runs", 4); run++) {
      playDirectories(new Random(run), "seed " + run);
    }
  }

  private void playDirectories(Random random, String seed) throws Exception {
    List<String> done = new ArrayList<>();
    for (int step = 0; step < 60; step++) {
      List<String> all = walk("", new ArrayList<>(), seed + " " + done);
      String one = all.get(random.nextInt(all.size()));
      String other = all.get(random.nextInt(all.size()));
      String in = all.size() < 40 ? one : "";
      String fresh = in + (in.isEmpty() ? "" : "/") + "n" + random.nextInt(2);
      String call =
          switch (random.nextInt(10)) {
            case 0, 1 -> "mkdir " + fresh;
            case 2 -> "create " + fresh;
            case 3 -> "rename " + other + " " + fresh;
            case 4 -> "exchange " + one + " " + other;
            case 5 -> "remove " + one;
            case 6 -> "rename " + one + " " + other;
            case 7 -> "scan";
            default -> "look " + random.nextInt(3);
          };
      done.add(call);
      try {
        perform(call);
      } catch (CallFailed | NotFound refused) {
        if (refused instanceof CallFailed failed) {
          assertThat(failed.errno()).as(seed + " " + done).isNotEqualTo(Errno.ESTALE);
        }
      }
    }
  }

  private void perform(String call) throws Exception {
    String[] words = call.split(" ", -1);
    if (words[0].equals("look")) {
      look(Integer.parseInt(words[1]));
      return;
    }
    if (words.length > 1 && (words[1].isEmpty() || words[words.length - 1].isEmpty())) {
      return; // the root
    }
    switch (words[0]) {
      case "mkdir" -> view.makeDirectory(at(words[1]), FOLDER, ROOT);
      case "create" -> create(words[1], words[1]);
      case "rename" -> view.rename(at(words[1]), at(words[2]), RenameKind.REPLACE, ROOT);
      case "exchange" -> view.rename(at(words[1]), at(words[2]), RenameKind.EXCHANGE, ROOT);
      case "remove" -> {
        if (Files.isDirectory(root.resolve(words[1]))) {
          view.removeDirectory(at(words[1]), ROOT);
        } else {
          view.remove(at(words[1]), ROOT);
        }
      }
      default -> scan();
    }
  }

  @Test
  void ownChanges_areNotNotified_othersAre() throws Exception {
    Inode made = create("f", "x");
    view.makeDirectory(at("d"), FOLDER, ROOT);
    view.rename(at("f"), at("d/f"), RenameKind.REPLACE, ROOT);
    told.clear();
    Set<RelativePath> own = Set.of(RelativePath.of("d"), RelativePath.of("d/f"));
    hints.touched(own, 1);
    assertThat(own).allMatch(hints::isOwn);
    scan();
    assertThat(told).isEmpty();
    Files.writeString(root.resolve("d/f"), "another program");
    assertThat(hints.isOwn(RelativePath.of("d/f"))).isFalse();
    hints.touched(Set.of(RelativePath.of("d/f")), 2);
    assertThat(told).containsExactly("content " + made);
    told.clear();
    Files.delete(root.resolve("d/f"));
    Files.writeString(root.resolve("d/g"), "");
    hints.touched(Set.of(RelativePath.of("d/f"), RelativePath.of("d/g")), 3);
    assertThat(told).contains("entry " + inode("d") + " f", "entry " + inode("d") + " g");
  }

  @Test
  void manyFiles_madeAtOnce_haveInodesOfTheirOwn() throws Exception {
    Set<Inode> inodes = new TreeSet<>();
    List<String> failed = new ArrayList<>();
    List<Thread> threads =
        IntStream.range(0, 4)
            .mapToObj(thread ->
                Thread.ofPlatform()
                    .start(() -> {
                      for (int i = 0; i < 700; i++) {
                        try {
                          Inode made = create("f" + thread + "-" + i, "");
                          synchronized (inodes) {
                            inodes.add(made);
                          }
                        } catch (RealizeException e) {
                          synchronized (inodes) {
                            failed.add(e.oneLine());
                          }
                        }
                      }
                    }))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed).isEmpty();
    assertThat(inodes).hasSize(2800);
    scan();
    for (int i = 0; i < 700; i += 50) {
      assertThat(inodes).contains(inode("f0-" + i));
    }
  }
}
