package org.realize.store.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.branch.Branch;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.WouldWait;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector.Order;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.RealChange;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.PathStates;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** Open files of an arena with a root, and the branches that writes to them begin. */
final class RootedBranchTest extends RootedArenaRig {

  @Test
  void write_intoAFileThatIsNotHere_asksNoPeer_andIsWholeLater_byTheSameInode() throws Exception {
    remote("d/f", text(400_000));
    Inode file = inode("d/f");
    Version before = state("d/f").shown();
    try (OpenFile reader = view.open(file)) {
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      write(open, 200_000, "written");
      assertThat(nas.blocksSent()).isZero();
      assertThat(Files.exists(root.resolve("d/f"))).isFalse();
      assertThat(find("d/f").inode()).isEqualTo(file);
      assertThat(find("d/f").sizeBytes()).isEqualTo(400_000);
      String expected = text(200_000) + "written" + text(400_000).substring(200_007);
      assertThat(read(reader)).isEqualTo(expected);
      assertThat(read(open)).isEqualTo(expected);
      assertThat(names("d", 10)).containsExactly("f");
      open.close();
      complete();
      assertThat(root.resolve("d/f")).hasContent(expected);
      assertThat(inode("d/f")).isEqualTo(file);
      assertThat(read(reader)).isEqualTo(expected);
      scan();
      assertThat(inode("d/f")).isEqualTo(file);
      assertThat(stored("d/f")).isEqualTo(file);
      assertThat(state("d/f").shown().vector().compare(before.vector())).isEqualTo(Order.AFTER);
      assertThat(Judgement.isConflict(state("d/f"))).isFalse();
      assertThat(hinted).contains("changed d/f");
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
    }
  }

  @Test
  void write_intoAHugeFileThatIsNotHere_takesRoomForWhatIsWritten() throws Exception {
    long size = 10L << 30;
    rig.show("f", new Content.File(PathStates.hash(1), size), nas);
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, size / 2, "here");
      assertThat(find("f").sizeBytes()).isEqualTo(size);
      assertThat(find("f").blocks()).isLessThan(100);
      assertThat(nas.blocksAsked()).isZero();
    }
  }

  @Test
  void branch_openForWriting_takesItsName_andGoesOnBeingWritten() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "one");
      rig.time.advance(Duration.ofSeconds(6));
      complete();
      assertThat(root.resolve("f")).hasContent("one" + text(160).substring(3));
      write(open, 3, "two");
      assertThat(open.write(0, ByteBuffer.wrap(new byte[] {'!'}), true)).isOne();
      assertThat(root.resolve("f")).hasContent("onetwo" + text(160).substring(6) + "!");
      assertThat(read("f")).startsWith("onetwo");
      assertThat(inode("f")).isEqualTo(file);
      assertThat(hinted).contains("opened f").doesNotContain("changed f");
    }
    assertThat(hinted).endsWith("changed f");
    scan();
    assertThat(inode("f")).isEqualTo(file);
  }

  @Test
  void branch_whosePeerIsAway_isReadWhereItWasWritten_andCompletedWhenItIsBack() throws Exception {
    remote("f", text(400_000));
    rig.links.clear();
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 7, "mine");
      ByteBuffer part = ByteBuffer.allocate(4);
      assertThat(open.readNow(7, part)).isEqualTo(4);
      assertThat(new String(part.array(), UTF_8)).isEqualTo("mine");
      assertThat(open.readNow(6, ByteBuffer.allocate(4))).isEqualTo(OpenFile.WOULD_WAIT);
      assertThatThrownBy(() -> open.read(6, ByteBuffer.allocate(4)))
          .isInstanceOf(RealizeException.Unreachable.class);
    }
    complete();
    assertThat(Files.exists(root.resolve("f"))).isFalse();
    assertThat(find("f").sizeBytes()).isEqualTo(400_000);
    rig.links.add(nas);
    rig.time.advance(Duration.ofMinutes(1));
    complete();
    assertThat(root.resolve("f"))
        .hasContent(text(400_000).substring(0, 7) + "mine" + text(400_000).substring(11));
    assertThat(rig.findings()).isEmpty();
  }

  @Test
  void truncated_aFileThatIsNotHere_hasZerosWhereItIsExtendedAgain() throws Exception {
    remote("f", text(400_000));
    Inode file = inode("f");
    assertThat(view.change(file, null, sized(5L), ROOT).sizeBytes()).isEqualTo(5);
    assertThat(view.change(file, null, sized(8L), ROOT).sizeBytes()).isEqualTo(8);
    assertThat(read("f")).isEqualTo("01234\0\0\0");
    view.change(file, null, sized(0L), ROOT);
    rig.links.clear();
    complete();
    assertThat(root.resolve("f")).isEmptyFile();
    assertThat(inode("f")).isEqualTo(file);
  }

  private static AttributeChange sized(long bytes) {
    return new AttributeChange(
        null, FileOwner.NOT_GIVEN, bytes, TimeChange.STAYS, TimeChange.STAYS, false);
  }

  @Test
  void attributes_ofABranch_areThoseOfTheFileThatItBecomes() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "x");
      AttributeChange change =
          new AttributeChange(
              0640,
              FileOwner.NOT_GIVEN,
              null,
              TimeChange.STAYS,
              new TimeChange.To(new FileTime(1_000, 5)),
              false);
      assertThat(view.change(file, open, change, ROOT).mode()).isEqualTo(0640);
    }
    complete();
    assertThat(find("f").mode()).isEqualTo(0640);
    assertThat(find("f").times().modified()).isEqualTo(new FileTime(1_000, 5));
    assertThat(root.resolve("f")).hasContent("x" + text(160).substring(1));
  }

  @Test
  void branch_removedOrReplaced_goesToTheTrashAtItsLastClose() throws Exception {
    remote("f", text(160));
    remote("g", text(160));
    try (OpenFile removed = view.open(inode("f"), READ_WRITE, ROOT);
        OpenFile replaced = view.open(inode("g"), READ_WRITE, ROOT)) {
      write(removed, 0, "removed");
      write(replaced, 0, "replaced");
      view.remove(at("f"), ROOT);
      create("new", "new");
      view.rename(at("new"), at("g"), RenameKind.REPLACE, ROOT);
      assertAbsent("f");
      assertThat(read("g")).isEqualTo("new");
      assertThat(read(removed)).isEqualTo("removed" + text(160).substring(7));
      assertThat(read(replaced)).isEqualTo("replaced" + text(160).substring(8));
      complete();
    }
    complete();
    scan();
    assertAbsent("f");
    assertThat(root.resolve("g")).hasContent("new");
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
    try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
      assertThat(trashed.filter(Files::isRegularFile).map(path -> path.getFileName().toString()))
          .contains("f", "g");
    }
    assertThat(Judgement.isConflict(state("g"))).isFalse();
  }

  @Test
  void branch_renamedOrLinked_isCompletedFirst() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "x");
      assertThatThrownBy(() ->
              inRefusal(() -> {
                view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
                return file;
              }))
          .isInstanceOf(WouldWait.class);
      view.rename(at("f"), at("g"), RenameKind.REPLACE, ROOT);
      assertThat(inode("g")).isEqualTo(file);
      write(open, 1, "y");
    }
    assertThat(root.resolve("g")).hasContent("xy" + text(160).substring(2));
    assertAbsent("f");
  }

  @Test
  void branch_whosePathGotAnotherVersion_isAConflict_inWhichBothAreKept() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      write(open, 0, "mine");
      assertThat(read(open)).startsWith("mine");
      rig.replace("f", theirs, nas);
      assertThat(find("f").inode()).isEqualTo(file);
      assertThat(find("f").sizeBytes()).isEqualTo(160);
    }
    complete();
    assertThat(root.resolve("f")).hasContent("mine" + text(160).substring(4));
    scan();
    assertThat(Judgement.isConflict(state("f"))).isTrue();
    assertThat(read("f")).startsWith("mine");
  }

  /** The promise is signed by the peer, as a version of the same content. */
  @Test
  void branch_whoseBaseAPeerPromisesToKeepMeanwhile_isNoConflict() throws Exception {
    Content.File base = nas.serve(text(160).getBytes(UTF_8));
    remote("f", text(160));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 0, "mine");
      rig.follow("f", base, nas);
    }
    complete();
    scan();
    assertThat(read("f")).isEqualTo("mine" + text(160).substring(4));
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(state("f").shown().vector().counter(nas.store())).isPositive();
  }

  @Test
  void firstWrite_afterAnotherProgramReplacedAFileThatAPeerPromisesToKeep_goesToTheTrash()
      throws Exception {
    Content.File base = nas.serve(text(160).getBytes(UTF_8));
    remote("f", text(160));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      rig.follow("f", base, nas);
      Files.writeString(root.resolve("f"), "another");
      write(open, 0, "late");
      assertThat(read(open)).isEqualTo("late" + text(160).substring(4));
      assertThat(read("f")).isEqualTo("another");
    }
    complete();
    scan();
    assertThat(root.resolve("f")).hasContent("another");
    assertThat(read("f")).isEqualTo("another");
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  @Test
  void branch_whoseBaseNobodyHas_isListed_andKept_andItsOtherBytesAreErrors() throws Exception {
    remote("f", text(400_000));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 300_000, "mine");
      rig.links.clear();
      assertThatThrownBy(() -> open.read(0, ByteBuffer.allocate(4)))
          .as("a peer that has it may come back")
          .isInstanceOf(RealizeException.Unreachable.class);
      rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      assertErrno(() -> open.read(0, ByteBuffer.allocate(4)), Errno.EIO);
      ByteBuffer part = ByteBuffer.allocate(4);
      assertThat(open.read(300_000, part)).isEqualTo(4);
      assertThat(new String(part.array(), UTF_8)).isEqualTo("mine");
    }
    complete();
    rig.time.advance(Duration.ofMinutes(1));
    complete();
    assertThat(rig.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.subject()).isEqualTo("f");
          assertThat(finding.cause()).contains("incomplete", "nobody has the rest");
        });
    assertThat(find("f").sizeBytes()).isEqualTo(400_000);
    assertThat(root.resolve(".realize/branch")).isNotEmptyDirectory();
  }

  @Test
  void firstWrite_afterAPeerChangedTheFile_isAConflict_andAfterARemoval_goesToTheTrash()
      throws Exception {
    remote("f", text(160));
    remote("g", text(160));
    try (OpenFile changed = view.open(inode("f"), READ_WRITE, ROOT);
        OpenFile removed = view.open(inode("g"), READ_WRITE, ROOT)) {
      assertThat(read(changed)).isEqualTo(read(removed));
      rig.replace("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      view.remove(at("g"), ROOT);
      write(changed, 0, "mine");
      write(removed, 0, "late");
      assertThat(read(changed)).isEqualTo("mine" + text(160).substring(4));
      assertThat(read(removed)).isEqualTo("late" + text(160).substring(4));
      assertThat(read("f")).startsWith("mine");
      assertAbsent("g");
    }
    complete();
    scan();
    assertThat(Judgement.isConflict(state("f"))).isTrue();
    assertThat(read("f")).startsWith("mine");
    assertAbsent("g");
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  /** A peer's version is on the disk, where a job put it in place of what a program has opened. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void firstWrite_afterAPeersVersionWasMadeReal_isAConflict_whateverEffectFails(boolean isKilled)
      throws Exception {
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    boolean hasFailed = true;
    for (int effect = 1; hasFailed; effect++) {
      String name = "f" + effect;
      remote(name, text(160));
      Inode file = inode(name);
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      rig.follow(name, theirs, nas);
      makeReal(name, "theirs");
      assertThat(inode(name)).isNotEqualTo(file);
      told.clear();
      write(open, 1, "mine");
      String expected = "0mine" + text(160).substring(5);
      assertThat(read(open)).isEqualTo(expected);
      assertThat(read(name)).isEqualTo(expected);
      assertThat(inode(name)).isEqualTo(file);
      assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" " + name));
      open.close();
      effectsLeft = effect;
      complete();
      hasFailed = effectsLeft <= 0;
      effectsLeft = 0;
      if (isKilled) {
        downloader.close();
        attach(new LocalDisk(root));
      }
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      assertThat(root.resolve(name)).as("after effect %d", effect).hasContent(expected);
      scan();
      assertThat(read(name)).isEqualTo(expected);
      assertThat(alternatives(name)).containsExactly(theirs);
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
      try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
        assertThat(trashed.filter(path -> path.endsWith(name)))
            .singleElement()
            .satisfies(old -> assertThat(old).hasContent("theirs"));
      }
    }
  }

  @Test
  void firstWrite_afterAnotherProgramChangedAPeersVersion_isAConflict_withTheOnlyBytesOfThat()
      throws Exception {
    for (boolean isWhole : new boolean[] {false, true}) {
      String name = isWhole ? "whole" : "branched";
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
        rig.follow(name, nas.serve("theirs".getBytes(UTF_8)), nas);
        if (isWhole) {
          makeReal(name, "theirs");
        }
        try (OpenFile other = view.open(inode(name), READ_WRITE, ROOT)) {
          write(other, 0, "THE");
        }
        assertThat(read(name)).isEqualTo("THEirs");
        write(open, 0, "mine");
        assertThat(read(open)).startsWith("mine");
      }
      complete();
      scan();
      Content.File changed = (Content.File) state(name).realContent();
      assertThat(changed.sizeBytes()).isEqualTo(6);
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      scan();
      assertThat(root.resolve(name)).hasContent("mine" + text(160).substring(4));
      assertThat(read(name)).startsWith("mine");
      assertThat(alternatives(name)).contains(changed);
      try (var kept = rig.blobs.find(changed.hash()).orElseThrow()) {
        assertThat(kept.readable().lengthBytes()).isEqualTo(6);
      }
    }
  }

  @Test
  void firstWriteOrCut_afterAPeerRemovedTheFile_bringsItBack_alsoItsDirectory() throws Exception {
    for (boolean isCut : new boolean[] {false, true}) {
      String name = isCut ? "d/cut" : "d/written";
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
        rig.follow(name, new Content.Absent(), nas);
        assertAbsent("d");
        if (isCut) {
          AttributeChange cut =
              new AttributeChange(
                  null, FileOwner.NOT_GIVEN, 3L, TimeChange.STAYS, TimeChange.STAYS, false);
          assertThat(view.change(file, open, cut, ROOT).sizeBytes()).isEqualTo(3);
        } else {
          write(open, 0, "mine");
        }
        String expected = isCut ? "012" : "mine" + text(160).substring(4);
        assertThat(read(name)).isEqualTo(expected);
        complete();
        rig.time.advance(Duration.ofMinutes(1));
        complete();
        assertThat(root.resolve(name)).hasContent(expected);
      }
      scan();
      assertThat(state(name).isReal(state(name).shown().content())).isTrue();
      view.remove(at(name), ROOT);
      view.removeDirectory(at("d"), ROOT);
      scan();
    }
  }

  @Test
  void firstWrite_afterAProgramReplacedTheFile_goesToTheTrash() throws Exception {
    remote("f", text(160));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      create("f.tmp", "saved");
      rename("f.tmp", "f");
      write(open, 0, "late");
      assertThat(read(open)).startsWith("late");
      assertThat(read("f")).isEqualTo("saved");
      scan();
      assertThat(read("f")).isEqualTo("saved");
    }
    complete();
    scan();
    assertThat(read("f")).isEqualTo("saved");
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  /** A job gives way to a program that can write to the file, whatever that has written so far. */
  @Test
  void write_byAHandleOfTheDisk_isNeverLostToAJob() throws Exception {
    create("f", "old");
    scan();
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      rig.follow("f", nas.serve("theirs".getBytes(UTF_8)), nas);
      RealChange.Replace replaced =
          new RealChange.Replace(
              RelativePath.of("f"),
              Objects.requireNonNull(state("f").realStat()),
              state("f").shown(),
              null,
              made -> made.write(ByteBuffer.wrap("theirs".getBytes(UTF_8)), 0));
      assertThat(real.apply().applyAll(List.of(replaced)))
          .singleElement()
          .satisfies(result -> assertThat(result.outcome()).isEqualTo(ApplyOutcome.OPEN));
      assertThat(read("f")).as("a peer has it").isEqualTo("theirs");
      write(open, 0, "mine");
      assertThat(hinted).endsWith("opened f");
    }
    assertThat(hinted).as("it is quiet at once").endsWith("changed f");
    told.clear();
    assertThat(root.resolve("f")).hasContent("mine");
    scan();
    assertThat(told).anyMatch(line -> line.startsWith("entry ") && line.endsWith(" f"));
    assertThat(read("f")).isEqualTo("mine");
    assertThat(alternatives("f")).hasSize(1);
  }

  @Test
  void branch_removedWhileAPeerHasANewerVersion_leavesThatAsAnAlternative() throws Exception {
    remote("f", text(160));
    Content.File theirs = nas.serve("theirs".getBytes(UTF_8));
    try (OpenFile open = view.open(inode("f"), READ_WRITE, ROOT)) {
      write(open, 0, "mine");
      rig.follow("f", theirs, nas);
      view.remove(at("f"), ROOT);
      assertAbsent("f");
    }
    scan();
    assertAbsent("f");
    assertThat(alternatives("f")).containsExactly(theirs);
  }

  @Test
  void branch_openedAndWrittenAsItTakesItsName_isOneFile() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile first = view.open(file, READ_WRITE, ROOT)) {
      write(first, 0, "one");
      afterRename =
          () -> {
            assertThat(find("f").inode()).isEqualTo(file);
            try (OpenFile second = view.open(file, READ_WRITE, ROOT)) {
              assertThat(second.write(0, ByteBuffer.wrap("two".getBytes(UTF_8)), true))
                  .isEqualTo(3);
            }
            return file;
          };
      rig.time.advance(Duration.ofSeconds(6));
      complete();
      assertThat(afterRename).isNull();
      assertThat(first.write(0, ByteBuffer.wrap("!".getBytes(UTF_8)), true)).isOne();
      String expected = "one" + text(160).substring(3) + "two!";
      assertThat(read(first)).isEqualTo(expected);
      assertThat(root.resolve("f")).hasContent(expected);
    }
    scan();
    assertThat(inode("f")).isEqualTo(file);
    assertThat(hinted).endsWith("changed f");
  }

  /** An older file of the root is in the way. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void completion_failingAtAnyEffect_isMadeByTheNextTry(boolean isKilled) throws Exception {
    boolean hasFailed = true;
    for (int effect = 1; hasFailed; effect++) {
      String name = "f" + effect;
      remote(name, "old");
      view.setAttribute(inode(name), "user.x", new byte[] {1}, AttributeSetting.ALWAYS, ROOT);
      assertThat(root.resolve(name)).as("is here for that").hasContent("old");
      scan();
      rig.replace(name, nas.serve(text(160).getBytes(UTF_8)), nas);
      assertThat(find(name).sizeBytes()).isEqualTo(160);
      Inode file = inode(name);
      OpenFile open = view.open(file, READ_WRITE, ROOT);
      write(open, 1, "mine");
      open.close();
      effectsLeft = effect;
      complete();
      hasFailed = effectsLeft <= 0;
      effectsLeft = 0;
      if (isKilled) {
        downloader.close();
        attach(new LocalDisk(root));
      }
      rig.time.advance(Duration.ofMinutes(1));
      complete();
      String expected = "0mine" + text(160).substring(5);
      assertThat(root.resolve(name)).as("after effect %d", effect).hasContent(expected);
      if (!isKilled) {
        assertThat(inode(name)).isEqualTo(file); // else that too, or another one at most
      }
      scan();
      assertThat(read(name)).isEqualTo(expected);
      assertThat(Judgement.isConflict(state(name))).isFalse();
      assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
      try (var trashed = Files.walk(root.resolve(".realize/trash"))) {
        assertThat(trashed.filter(path -> path.endsWith(name)))
            .singleElement()
            .satisfies(old -> assertThat(old).hasContent("old"));
      }
    }
  }

  @Test
  void branches_ofAnEarlierLife_areFoundAgain() throws Exception {
    remote("f", text(400_000));
    Inode file = inode("f");
    OpenFile open = view.open(file, READ_WRITE, ROOT);
    write(open, 100, "kept");
    attach(new LocalDisk(root));
    assertThat(inode("f")).isEqualTo(file);
    assertThat(read("f").substring(98, 106)).isEqualTo("23kept89");
    complete();
    assertThat(root.resolve("f")).isRegularFile().hasSize(400_000);
    assertThat(inode("f")).isEqualTo(file);
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  @Test
  void branch_inWhichNothingIsWritten_isNoneOfTheNextLife() throws Exception {
    remote("f", text(160));
    remote("given", text(160));
    remote("cut", text(160));
    for (String name : List.of("f", "given", "cut")) {
      Branch begun = branches.create(RelativePath.of(name), state(name).shown(), ArenaRig.MODE);
      assertThat(branches.at(RelativePath.of(name))).isSameAs(begun);
    }
    AttributeChange mode =
        new AttributeChange(
            0600, FileOwner.NOT_GIVEN, null, TimeChange.STAYS, TimeChange.STAYS, false);
    view.change(inode("given"), null, mode, ROOT);
    Objects.requireNonNull(branches.at(RelativePath.of("cut"))).resize(160);
    view.setAttribute(inode("cut"), "user.x", new byte[] {1}, AttributeSetting.ALWAYS, ROOT);
    Version before = state("f").shown();
    downloader.close();
    attach(new LocalDisk(root));
    complete();
    scan();
    assertThat(Files.exists(root.resolve("f"))).isFalse();
    assertThat(state("f").shown()).isEqualTo(before);
    assertThat(read("f")).isEqualTo(text(160));
    assertThat(root.resolve("given")).hasContent(text(160));
    assertThat(find("given").mode()).isEqualTo(0600);
    assertThat(root.resolve("cut")).as("it is the only one with that attribute").exists();
    assertThat(view.attribute(inode("cut"), "user.x")).hasValue(new byte[] {1});
    assertThat(root.resolve(".realize/branch")).isEmptyDirectory();
  }

  @Test
  void openFile_ofWhatIsNotHere_whoseNameWasRemoved_hasNoLinks() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile open = view.open(file, READ_WRITE, ROOT)) {
      view.remove(at("f"), ROOT);
      assertThat(view.attributes(file).links()).isZero();
      assertThat(view.attributes(file).sizeBytes()).isEqualTo(160);
      assertThat(view.attributes(file).mode()).isEqualTo(ArenaRig.MODE);
      write(open, 160, "more");
      assertThat(view.attributes(file).links()).isZero();
      assertThat(view.attributes(file).sizeBytes()).isEqualTo(164);
    }
    assertThatThrownBy(() -> view.attributes(file)).isInstanceOf(CallFailed.class);
  }

  @Test
  void openFile_ofANodeThatAFileFromElsewhereReplaces_isReachedByItsInode() throws Exception {
    view.makeNode(at("b"), FileKind.FILE, 0, FILE, ROOT);
    remote("d", "remote");
    Inode before = inode("b");
    try (OpenFile open = view.open(before, new OpenFlags(0), ROOT)) {
      rename("d", "b");
      assertThat(inode("b")).isNotEqualTo(before);
      assertThat(view.attributes(before).links()).isZero();
      assertThat(read(open)).isEmpty();
    }
  }

  @Test
  void openFiles_ofOneInode_seeTheSameBytes_whereverTheyWereWhenTheyWereOpened() throws Exception {
    remote("f", text(160));
    Inode file = inode("f");
    try (OpenFile reader = view.open(file);
        OpenFile writer = view.open(file, READ_WRITE, ROOT)) {
      assertThat(read(reader)).isEqualTo(text(160));
      makeReal("f", text(160));
      assertThat(inode("f")).isEqualTo(file);
      try (OpenFile other = view.open(file, READ_WRITE, ROOT)) {
        write(other, 0, "one");
        assertThat(read(reader)).startsWith("one3");
        assertThat(read(writer)).startsWith("one3");
        write(writer, 3, "two");
        assertThat(read(other)).startsWith("onetwo6");
        assertThat(read(reader)).startsWith("onetwo6");
      }
      create("f.tmp", "saved");
      rename("f.tmp", "f");
      assertThat(read(reader)).as("a replaced file is what it was").startsWith("onetwo6");
    }
  }

  @Test
  void openFile_ofAFileThatAJobMadeReal_seesWhatIsWrittenOrCutLater() throws Exception {
    for (String how : List.of("by its own write", "in the root", "cut", "emptied")) {
      String name = how.replace(' ', '-');
      remote(name, text(160));
      Inode file = inode(name);
      try (OpenFile reader = view.open(file);
          OpenFile writer = view.open(file, READ_WRITE, ROOT)) {
        if (!how.equals("emptied")) {
          makeReal(name, text(160));
        }
        switch (how) {
          case "by its own write" -> write(writer, 0, "mine");
          case "in the root" -> {
            Files.writeString(root.resolve(name), "mine, by another program");
            hints.touched(Set.of(RelativePath.of(name)), 1);
          }
          case "cut" -> {
            AttributeChange cut =
                new AttributeChange(
                    null, FileOwner.NOT_GIVEN, 3L, TimeChange.STAYS, TimeChange.STAYS, false);
            assertThat(view.change(file, null, cut, ROOT).sizeBytes()).isEqualTo(3);
          }
          default -> view.open(file, TRUNCATE, ROOT).close();
        }
        String now = Files.readString(root.resolve(name));
        assertThat(now).isNotEqualTo(text(160));
        assertThat(read(reader)).as(how).isEqualTo(now);
        assertThat(read(writer)).as(how).isEqualTo(now);
      }
    }
  }

  @Test
  void truncatedOnOpening_aFileThatIsNotHere_needsNoByte_andMakesNoConflict() throws Exception {
    remote("f", "remote");
    Inode file = inode("f");
    rig.links.clear();
    try (OpenFile open = view.open(file, TRUNCATE, ROOT)) {
      write(open, 0, "mine");
    }
    assertThat(inode("f")).isEqualTo(file);
    scan();
    assertThat(read("f")).isEqualTo("mine");
    assertThat(Judgement.isConflict(state("f"))).isFalse();
    assertThat(stored("f")).isEqualTo(file);
  }
}
