package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.TrashRestore.Restoration;
import org.realize.sync.engine.TrashRestore.RestoredFiles;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Real;
import org.realize.sync.real.Trash.TrashOutcome;
import org.realize.sync.real.TrashedFiles;
import org.realize.sync.real.TrashedFiles.TrashedFile;
import org.realize.sync.rules.Judgement;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.RootedPeer;

class TrashRestoreTest {

  private static final RelativePath FILE = RelativePath.of("d/f");

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private RootedPeer peer;
  private TrashedFiles trash;
  private TrashRestore restore;

  @BeforeEach
  void fill() throws Exception {
    peer = new RootedPeer("desk", time, disk, RootedPeer.Setup.PLAIN);
    disk.user().createDirectory("d");
    write("d/f", "one");
    disk.user().mode("d/f", 0600);
    disk.user().mtime("d/f", new FileTime(5, 6));
    peer.scan();
    Real real = Objects.requireNonNull(peer.arena().root());
    trash = real.trashed();
    restore = new TrashRestore(peer.arena(), real, peer.index(), peer.global());
  }

  private void write(String path, String text) throws Exception {
    disk.user().write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  private String read(String path) throws Exception {
    return new String(disk.user().read(path), StandardCharsets.UTF_8);
  }

  /** Takes the file out of the root, as Realize would. */
  private TrashedFile takeOut(RelativePath path) throws Exception {
    TrashedFile taken = takeOutUnseen(path);
    peer.scan();
    return taken;
  }

  private TrashedFile takeOutUnseen(RelativePath path) throws Exception {
    FileStat listed = disk.stat(path).orElseThrow();
    Real real = Objects.requireNonNull(peer.arena().root());
    assertThat(real.trash().take(path, listed, false)).isEqualTo(TrashOutcome.TAKEN);
    return trash.list(path::equals).getFirst();
  }

  /** Restores one file; false if something has the name and stays. */
  private boolean restore(TrashedFile from, RelativePath target, boolean replaces)
      throws Exception {
    Results results = new Results();
    restore.restore(List.of(new Restoration(from, target, replaces)), results);
    if (!results.failed.isEmpty()) {
      throw results.failed.values().iterator().next();
    }
    assertThat(results.restored.size() + results.stays.size()).isEqualTo(1);
    return !results.restored.isEmpty();
  }

  /** What became of each file, by its target. */
  private static final class Results implements RestoredFiles {
    private final List<RelativePath> restored = new ArrayList<>();
    private final List<RelativePath> stays = new ArrayList<>();
    private final List<RelativePath> same = new ArrayList<>();
    private final Map<RelativePath, RealizeException> failed = new LinkedHashMap<>();

    @Override
    public void restored(Restoration file) {
      restored.add(file.target());
    }

    @Override
    public void stays(Restoration file) {
      stays.add(file.target());
    }

    @Override
    public void same(Restoration file) {
      same.add(file.target());
    }

    @Override
    public void failed(Restoration file, RealizeException cause) {
      failed.put(file.target(), cause);
    }
  }

  @Test
  void restore_manyFiles_takesFewCommits_andEachIsToldOf() throws Exception {
    List<Restoration> files = new ArrayList<>();
    disk.user().createDirectory("tree");
    for (int i = 0; i < 20; i++) {
      disk.user().createDirectory("tree/" + i);
    }
    for (int i = 0; i < 600; i++) {
      String path = "tree/%d/%d".formatted(i % 20, i);
      write(path, "content " + i);
    }
    peer.scan();
    for (int i = 0; i < 600; i++) {
      RelativePath path = RelativePath.of("tree/%d/%d".formatted(i % 20, i));
      files.add(new Restoration(takeOutUnseen(path), path, false));
    }
    for (int i = 0; i < 20; i++) {
      disk.user().delete("tree/" + i);
    }
    disk.user().delete("tree");
    disk.user().createDirectory("tree");
    write("tree/7", "no directory");
    disk.user().createDirectory("tree/8");
    write("tree/8/8", "it is there");
    peer.scan();
    AtomicInteger commits = new AtomicInteger();
    peer.store().addListener(_ -> commits.incrementAndGet());

    Results results = new Results();
    restore.restore(files, results);

    assertThat(results.stays).containsExactly(RelativePath.of("tree/8/8"));
    assertThat(results.failed).hasSize(30);
    assertThat(results.failed.get(RelativePath.of("tree/7/7")))
        .isInstanceOf(Invalid.class)
        .hasMessage("restore 'tree/7/7': 'tree/7' is no directory");
    assertThat(results.restored).hasSize(569).doesNotHaveDuplicates();
    for (RelativePath path : results.restored) {
      String name = path.name();
      assertThat(read(path.toString())).isEqualTo("content " + name);
      assertThat(peer.state(path).isReal(content(peer.state(path)))).isTrue();
    }
    assertThat(read("tree/7")).isEqualTo("no directory");
    assertThat(commits).hasValueLessThan(12);
  }

  @Test
  void restore_severalVersionsUnderOneName_theLastIsThere_theOthersInTheTrash() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "second");
    peer.scan();
    TrashedFile second = takeOut(FILE);

    Results results = new Results();
    restore.restore(
        List.of(new Restoration(second, FILE, true), new Restoration(first, FILE, true)), results);

    assertThat(results.restored).containsExactly(FILE, FILE);
    assertThat(read("d/f")).isEqualTo("one");
    assertThat(trash.list(FILE::equals)).hasSize(3);
  }

  private static Content content(PathState state) {
    return state.shown().content();
  }

  @Test
  void list_filesOfOnePath_comeWithSizeAndTime_theLatestFirst() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "second");
    write("g", "other");
    peer.scan();
    TrashedFile second = takeOut(FILE);
    takeOut(RelativePath.of("g"));

    assertThat(trash.list(_ -> true)).hasSize(3).startsWith(second, first);
    assertThat(trash.list(RelativePath.of("d")::contains)).containsExactly(second, first);
    assertThat(second.stat().sizeBytes()).isEqualTo(6);
    assertThat(second.id()).isGreaterThan(first.id());
    assertThat(second.takenMillis()).isGreaterThan(first.takenMillis());
  }

  @Test
  void restore_freeName_isTheFileAgain_asItsUsersNewVersion() throws Exception {
    PathState before = peer.state(FILE);
    TrashedFile file = takeOut(FILE);
    PathState gone = peer.state(FILE);
    assertThat(gone.shown().isTombstone()).isTrue();

    assertThat(restore(file, FILE, false)).isTrue();

    PathState after = peer.state(FILE);
    assertThat(read("d/f")).isEqualTo("one");
    assertThat(disk.stat(FILE).orElseThrow().mode()).isEqualTo(0600);
    assertThat(disk.stat(FILE).orElseThrow().mtime()).isEqualTo(new FileTime(5, 6));
    assertThat(content(after)).isEqualTo(content(before));
    assertThat(after.shown().vector().covers(gone.shown().vector())).isTrue();
    assertThat(after.isReal(content(after))).isTrue();
    assertThat(after.metadata().mtime()).isEqualTo(new FileTime(5, 6));
    assertThat(after.announcedSeq()).isGreaterThan(gone.announcedSeq());
    peer.scan();
    assertThat(peer.state(FILE).shown()).isEqualTo(after.shown());
    assertThat(trash.list(_ -> true)).as("the copy in the trash stays").hasSize(1);
  }

  @Test
  void restore_nameInUse_putsThatFileIntoTheTrash() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "the present one");
    peer.scan();
    PathState before = peer.state(FILE);

    assertThat(restore(first, FILE, false)).isFalse();
    assertThat(read("d/f")).isEqualTo("the present one");
    assertThat(restore(first, FILE, true)).isTrue();

    PathState after = peer.state(FILE);
    assertThat(read("d/f")).isEqualTo("one");
    assertThat(after.shown().vector().covers(before.shown().vector())).isTrue();
    assertThat(after.isReal(content(after))).isTrue();
    assertThat(Judgement.isConflict(after)).isFalse();
    assertThat(trash.list(FILE::equals)).hasSize(2);
    assertThat(read(trash.list(FILE::equals).getFirst().file().toString()))
        .isEqualTo("the present one");
  }

  @Test
  void restore_fileThatWasNotIndexed_isRefusedAndStays() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "just written");

    assertThatThrownBy(() -> restore(first, FILE, true)).isInstanceOf(Unreachable.class);

    assertThat(read("d/f")).isEqualTo("just written");
    assertThat(peer.touched()).contains(FILE);
    peer.scan();
    disk.user().write("d/f", "changed since".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> restore(first, FILE, true)).isInstanceOf(Unreachable.class);
    assertThat(read("d/f")).isEqualTo("changed since");
  }

  @Test
  void restore_fileThatAProgramHasOpen_isRefused() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "present");
    peer.scan();
    try (OpenUserFile _ = disk.user().open("d/f")) {
      assertThatThrownBy(() -> restore(first, FILE, true))
          .isInstanceOf(Unreachable.class)
          .hasMessage("restore 'd/f': a program has the file there open");
    }
    assertThat(read("d/f")).isEqualTo("present");
  }

  @Test
  void restore_underAnotherName_makesItsDirectories() throws Exception {
    TrashedFile file = takeOut(FILE);
    RelativePath target = RelativePath.of("new/deep/g");

    assertThat(restore(file, target, true)).isTrue();
    peer.scan();

    assertThat(read("new/deep/g")).isEqualTo("one");
    assertThat(content(peer.state(target))).isInstanceOf(Content.File.class);
    assertThat(content(peer.state(RelativePath.of("new/deep")))).isEqualTo(new Content.Directory());
  }

  @Test
  void restore_intoARemovedDirectory_bringsItBackWithItsMode() throws Exception {
    disk.user().mode("d", 0750);
    peer.scan();
    TrashedFile file = takeOut(FILE);
    disk.user().delete("d");
    peer.scan();

    restore(file, FILE, false);

    assertThat(read("d/f")).isEqualTo("one");
    assertThat(disk.stat(RelativePath.of("d")).orElseThrow().mode()).isEqualTo(0750);
    assertThat(content(peer.state(RelativePath.of("d")))).isEqualTo(new Content.Directory());
  }

  @Test
  void restore_overADirectoryOrThroughAFile_isRefused() throws Exception {
    TrashedFile file = takeOut(FILE);
    write("plain", "1");
    peer.scan();

    assertThatThrownBy(() -> restore(file, RelativePath.of("d"), true)).isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> restore(file, RelativePath.of("plain/x"), true))
        .isInstanceOf(Invalid.class)
        .hasMessage("restore 'plain/x': 'plain' is no directory");
    assertThat(read("plain")).isEqualTo("1");
  }

  @Test
  void restore_link_isALinkAgain() throws Exception {
    disk.user().symbolicLink("link", "d/f");
    peer.scan();
    RelativePath link = RelativePath.of("link");
    TrashedFile file = takeOut(link);

    restore(file, link, false);

    assertThat(disk.readLink(link)).isEqualTo("d/f");
    assertThat(content(peer.state(link))).isEqualTo(new Content.Link("d/f"));
  }

  @Test
  void restore_peersHaveAnotherFileThere_isOnlyDoneWhereItIsNamed() throws Exception {
    TrashedFile file = takeOut(FILE);
    write("d/f", "again");
    peer.scan();
    PathState again = peer.state(FILE);
    takeOut(FILE);
    peer.store()
        .write(writer -> {
          PathState gone = writer.path(FILE).orElseThrow();
          writer.put(
              gone.withShown(
                  again
                      .shown()
                      .withVector(
                          gone.shown()
                              .vector()
                              .with(
                                  new org.realize.sync.model.StoreId(new java.util.UUID(1, 1)),
                                  1))));
        });

    assertThat(restore(file, FILE, false)).isFalse();
    assertThat(restore(file, FILE, true)).isTrue();
    assertThat(read("d/f")).isEqualTo("one");
  }

  @Test
  void purge_listedFiles_areGone_butThoseThatChangeStay() throws Exception {
    TrashedFile first = takeOut(FILE);
    write("d/f", "second");
    peer.scan();
    TrashedFile second = takeOut(FILE);
    write(second.file().toString(), "written late");

    assertThat(trash.purge(List.of(first, second))).containsExactly(first);

    assertThat(trash.list(_ -> true)).extracting(TrashedFile::id).containsExactly(second.id());
    try (OpenUserFile _ = disk.user().open(second.file().toString())) {
      assertThat(trash.purge(trash.list(_ -> true))).isEmpty();
    }
    assertThat(trash.purge(trash.list(_ -> true))).hasSize(1);
    assertThat(trash.list(_ -> true)).isEmpty();
  }

  /** Of a directory that is restored, most files may be there: they need no line each. */
  @Test
  void restore_sameFileIsThere_isToldApartFromAnother() throws Exception {
    TrashedFile one = takeOut(FILE);
    write("d/f", "one");
    peer.scan();
    Results same = new Results();
    restore.restore(List.of(new Restoration(one, FILE, false)), same);
    write("d/f", "two");
    peer.scan();
    Results other = new Results();
    restore.restore(List.of(new Restoration(one, FILE, false)), other);

    assertThat(same.same).containsExactly(FILE);
    assertThat(same.stays).isEmpty();
    assertThat(other.stays).containsExactly(FILE);
    assertThat(other.same).isEmpty();
    assertThat(read("d/f")).isEqualTo("two");
  }
}
