package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ConflictReport.VersionKind;
import org.realize.nima.control.FilePage;
import org.realize.nima.control.FilePage.FileEntry;
import org.realize.nima.control.FilePage.FileState;
import org.realize.nima.control.FileQuery;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;

class FileListerTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private FileLister lister;

  @BeforeEach
  void fill() throws Exception {
    Incarnations incarnations = Incarnations.opened(rig.global, rig.time, "machine");
    StoreNames names = new StoreNames(new PeerName("desk"), rig.global, incarnations, List::of);
    lister = new FileLister(rig.arena(), new ContentHolders(names));
    FileStat stat = new FileStat(FileStat.Kind.FILE, 3, 0644, FileTime.EPOCH, 77, 1, 1, 1, 0, 0);
    rig.show("d", new Content.Directory(), nas);
    rig.show("d/real", PathStates.file(3), stat, nas);
    rig.show("d/far", PathStates.file(4), nas);
    rig.show("d/lost", PathStates.file(5));
    rig.show("top", PathStates.file(6), nas);
  }

  private FilePage page(String directory, @Nullable String after, int max) throws RealizeException {
    ArenaPath path = new ArenaPath(rig.arena().name(), RelativePath.of(directory));
    return lister.page(new FileQuery(path, after, max));
  }

  private static List<String> names(FilePage page) {
    return page.entries().stream().map(FileEntry::name).toList();
  }

  @Test
  void page_directory_isWhatTheMountShowsThere_withPlacesOfBytes() throws Exception {
    FilePage top = page("", null, 10);
    assertThat(names(top)).containsExactly("d", "top");
    assertThat(top.next()).isNull();
    assertThat(top.entries().getFirst().kind()).isEqualTo(VersionKind.DIRECTORY);
    assertThat(top.entries().getFirst().state()).isNull();

    FilePage below = page("d", null, 10);
    assertThat(names(below)).containsExactly("far", "lost", "real");
    assertThat(below.entries())
        .extracting(FileEntry::state)
        .containsExactly(FileState.ELSEWHERE, FileState.NOWHERE, FileState.REAL);
    String id = nas.store().toString().substring(0, 8);
    assertThat(below.entries())
        .extracting(FileEntry::holders)
        .containsExactly(List.of(id), List.of(), List.of("desk", id));
    assertThat(below.entries().getFirst().bytes()).isEqualTo(4);
  }

  @Test
  void page_smallerThanTheDirectory_goesOnAfterItsLastName() throws Exception {
    FilePage first = page("d", null, 2);
    assertThat(names(first)).containsExactly("far", "lost");
    assertThat(first.next()).isEqualTo("lost");
    FilePage second = page("d", first.next(), 2);
    assertThat(names(second)).containsExactly("real");
    assertThat(second.next()).isNull();
    assertThat(names(page("d", null, 3))).hasSize(3);
    assertThat(page("d", null, 3).next()).isNull();
  }

  @Test
  void page_markOfADirectory_isInherited() throws Exception {
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of("d"), Mark.KEEP);
    });
    FileEntry directory = page("", null, 10).entries().getFirst();
    assertThat(directory.mark()).isEqualTo(Mark.KEEP);
    assertThat(directory.isInherited()).isFalse();
    FileEntry file = page("d", null, 10).entries().getFirst();
    assertThat(file.mark()).isEqualTo(Mark.KEEP);
    assertThat(file.isInherited()).isTrue();
  }

  @Test
  void page_whatIsNoDirectory_isRefused() {
    assertThatThrownBy(() -> page("top", null, 10)).isInstanceOf(NotADirectory.class);
    assertThatThrownBy(() -> page("none", null, 10)).isInstanceOf(NotFound.class);
    assertThatThrownBy(() -> page("", null, FilePage.MAX_ENTRIES + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
