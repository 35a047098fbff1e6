package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;

class LostFilesTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final LostFiles lost = new LostFiles(rig.arena(), rig.global);

  private List<String> remove(String top) throws RealizeException {
    return lost.remove(RelativePath.of(top)).stream()
        .map(state -> state.path().toString())
        .toList();
  }

  private boolean isShown(String path) throws RealizeException {
    Optional<PathState> state = rig.store.read(reader -> reader.path(RelativePath.of(path)));
    return !state.orElseThrow().shown().isTombstone();
  }

  private void fill() throws RealizeException {
    FileStat stat = new FileStat(FileStat.Kind.FILE, 3, 0644, FileTime.EPOCH, 77, 3, 1, 1, 0, 0);
    rig.show("d", new Content.Directory());
    rig.show("d/real", PathStates.file(1), stat);
    rig.show("d/held", PathStates.file(2), nas);
    rig.show("d/cached", PathStates.file(3));
    rig.show("d/part", PathStates.file(4));
    rig.show("d/gone", PathStates.file(5));
    rig.show("dd", PathStates.file(6));
    rig.store.write(writer -> {
      writer.putBlob(row(writer.nextFileId(), 3, 0));
      writer.putBlob(row(writer.nextFileId(), 4, 1));
    });
  }

  private static BlobRow row(long id, long n, long missingBytes) {
    Content.File file = (Content.File) PathStates.file(n);
    ByteRanges available = ByteRanges.of(0, file.sizeBytes() - missingBytes);
    return new BlobRow(file.hash(), file.sizeBytes(), id, available);
  }

  @Test
  void remove_directory_takesTheNamesThatNobodyHasBytesOf_only() throws Exception {
    fill();

    assertThat(remove("d")).containsExactly("d/gone", "d/part");

    assertThat(List.of(isShown("d/real"), isShown("d/held"), isShown("d/cached"), isShown("dd")))
        .containsOnly(true);
    assertThat(List.of(isShown("d/gone"), isShown("d/part"))).containsOnly(false);
    assertThat(rig.store.<List<PathState>>read(reader -> reader.feed(0, 9)))
        .extracting(state -> state.path().toString())
        .containsExactly("d/gone", "d/part");
    assertThatThrownBy(() -> remove("d")).isInstanceOf(NotFound.class);
    assertThat(remove("dd")).containsExactly("dd");
  }

  @Test
  void remove_fileWithBytes_isRefused() throws Exception {
    fill();

    for (String path : List.of("d/real", "d/held", "d/cached", "none")) {
      assertThatThrownBy(() -> remove(path))
          .isInstanceOf(NotFound.class)
          .hasMessageContaining("remove the file itself");
      assertThat(path.equals("none") || isShown(path)).isTrue();
    }
  }

  /** Each name once, though they are more than a page and a commit, whatever became of them. */
  @Test
  void remove_manyAtAndBelow_countsEachOnce() throws Exception {
    rig.show("top", PathStates.file(1));
    for (int i = 0; i < 5_200; i++) {
      rig.show("top/f" + i, PathStates.file(i + 2));
    }
    rig.show("top.txt", PathStates.file(9_999));

    List<String> removed = remove("top");

    assertThat(removed).hasSize(5_201).doesNotHaveDuplicates().contains("top");
    assertThat(isShown("top.txt")).isTrue();
    long head = rig.store.read(ArenaReader::headSeq);
    assertThat(head).isEqualTo(5_201);
  }

  /** A commit that fails counts nothing: what is asked for again is all that it did not do. */
  @Test
  void remove_secondCommitFails_nextCallTakesTheRest() throws Exception {
    for (int i = 0; i < 700; i++) {
      rig.show("f" + i, PathStates.file(i + 2));
    }
    int[] writes = {0};
    ForwardingArenaStore full =
        new ForwardingArenaStore(rig.store) {
          @Override
          public <T extends @Nullable Object> T write(StoreChange<T> change)
              throws RealizeException {
            if (++writes[0] == 2) {
              throw new DiskFull("commit", null);
            }
            return super.write(change);
          }
        };
    LostFiles onFull =
        new LostFiles(new Arena(full, rig.blobs, Mark.WATCH, rig.time, null), rig.global);

    assertThatThrownBy(() -> onFull.remove(RelativePath.ROOT)).isInstanceOf(DiskFull.class);

    assertThat(onFull.remove(RelativePath.ROOT)).hasSize(200);
  }
}
