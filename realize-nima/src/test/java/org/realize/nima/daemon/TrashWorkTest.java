package org.realize.nima.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.TrashOrder;
import org.realize.nima.control.TrashOrder.TrashAction;
import org.realize.sync.engine.TrashRestore;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.Real;
import org.realize.sync.real.Trash.TrashOutcome;
import org.realize.sync.real.TrashedFiles;
import org.realize.sync.real.TrashedFiles.TrashedFile;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.RootedPeer;

class TrashWorkTest {

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private RootedPeer peer;
  private TrashedFiles trash;

  @BeforeEach
  void fill() throws Exception {
    peer = new RootedPeer("desk", time, disk, RootedPeer.Setup.PLAIN);
    trash = Objects.requireNonNull(peer.arena().root()).trashed();
  }

  /** Writes a file, and takes it out of the root as Realize would. */
  private void trash(String path) throws Exception {
    disk.user().write(path, path.getBytes(UTF_8));
    peer.scan();
    RelativePath name = RelativePath.of(path);
    Real real = Objects.requireNonNull(peer.arena().root());
    assertThat(real.trash().take(name, disk.stat(name).orElseThrow(), false))
        .isEqualTo(TrashOutcome.TAKEN);
    peer.scan();
  }

  private void run(TrashAction action, String path) throws Exception {
    RelativePath name = RelativePath.of(path);
    TrashOrder order =
        new TrashOrder(action, List.of(new ArenaPath(RootedPeer.ARENA, name)), null, null);
    TrashWork work = new TrashWork(order, new WorkProgress(_ -> {}, time));
    Real real = Objects.requireNonNull(peer.arena().root());
    TrashRestore restore = new TrashRestore(peer.arena(), real, peer.index(), peer.global());
    work.find(RootedPeer.ARENA, restore, trash, List.of(name));
    work.run(() -> {});
  }

  private List<String> left() throws Exception {
    return trash.list(_ -> true).stream().map(file -> file.path().toString()).sorted().toList();
  }

  /** A name that was a file, and a directory before or after that. */
  @Test
  void purge_ofAFile_leavesWhatLayBelowADirectoryOfItsName_andOfTheDirectoryTakesAll()
      throws Exception {
    trash("d");
    disk.user().createDirectory("d");
    trash("d/a");
    trash("d/b");
    trash("other");

    run(TrashAction.PURGE, "d");
    assertThat(left()).containsExactly("d/a", "d/b", "other");
    run(TrashAction.PURGE, "d");
    assertThat(left()).containsExactly("other");
  }

  @Test
  void purge_ofAFile_takesAllItsVersions() throws Exception {
    trash("f");
    time.advance(Duration.ofMinutes(1));
    trash("f");
    assertThat(trash.list(_ -> true)).extracting(TrashedFile::id).doesNotHaveDuplicates();
    assertThat(left()).containsExactly("f", "f");
    run(TrashAction.PURGE, "f");
    assertThat(left()).isEmpty();
  }
}
