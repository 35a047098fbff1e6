package org.realize.sync.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PurgeAnswer;
import org.realize.sync.port.Report;
import org.realize.sync.port.Report.Reported;
import org.realize.sync.real.Real;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.RootedPeer;

class ServedTrashTest {

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private RootedPeer peer;
  private ServedTrash trash;

  @BeforeEach
  void fill() throws Exception {
    peer = new RootedPeer("nas", time, disk, RootedPeer.Setup.PLAIN);
    trash = new ServedTrash(peer.arena());
    disk.user().createDirectory("d");
    for (String name : List.of("d/f", "d/g", "other")) {
      disk.user().write(name, name.getBytes(StandardCharsets.UTF_8));
    }
    peer.scan();
  }

  private void takeOut(String name) throws Exception {
    RelativePath path = RelativePath.of(name);
    FileStat stat = disk.stat(path).orElseThrow();
    Real real = Objects.requireNonNull(peer.arena().root());
    real.trash().take(path, stat, false);
  }

  private List<String> left() throws Exception {
    return Objects.requireNonNull(peer.arena().root()).trashed().list(_ -> true).stream()
        .map(file -> file.path().toString())
        .toList();
  }

  @Test
  void purge_directory_deletesWhatCameFromItAndNoMore() throws Exception {
    for (String name : List.of("d/f", "d/g", "other")) {
      takeOut(name);
    }
    peer.scan(); // they are removed

    PurgeAnswer answer = trash.purge(List.of(RelativePath.of("d")));

    assertThat(answer).isEqualTo(new PurgeAnswer(2, 6, 0, ""));
    assertThat(left()).containsExactly("other");
    assertThat(trash.purge(List.of(RelativePath.of("none"))).files()).isZero();
  }

  /** A name that was a directory first, and then a file. */
  @Test
  void purge_ofAFile_leavesWhatLayBelowADirectoryOfItsName() throws Exception {
    takeOut("d/f");
    takeOut("d/g");
    disk.user().delete("d");
    peer.scan();
    disk.user().write("d", "a file".getBytes(StandardCharsets.UTF_8));
    peer.scan();
    takeOut("d");
    peer.scan();

    PurgeAnswer answer = trash.purge(List.of(RelativePath.of("d"), RelativePath.of("other")));

    assertThat(answer).isEqualTo(new PurgeAnswer(1, 6, 0, ""));
    assertThat(left()).containsExactly("d/f", "d/g");
    assertThat(trash.purge(List.of(RelativePath.of("d"))).files()).isEqualTo(2);
  }

  @Test
  void purge_openFile_staysAndIsCounted() throws Exception {
    takeOut("d/f");
    peer.scan();
    RelativePath inTrash =
        Objects.requireNonNull(peer.arena().root()).trashed().list(_ -> true).getFirst().file();
    try (OpenUserFile _ = disk.user().open(inTrash.toString())) {
      PurgeAnswer answer = trash.purge(List.of(RelativePath.ROOT));
      assertThat(answer.files()).isZero();
      assertThat(answer.keptFiles()).isEqualTo(1);
      assertThat(answer.cause()).isEqualTo("a program has 'd/f' open, or has changed it");
    }
    assertThat(trash.purge(List.of(RelativePath.ROOT)).files()).isEqualTo(1);
  }

  /** It was given up for a peer that does not say any more that it has it. */
  @Test
  void purge_lastCopyOfWhatIsShown_staysUntilAPeerHasIt() throws Exception {
    RelativePath path = RelativePath.of("d/f");
    takeOut("d/f");
    PathState state = peer.state(path);
    peer.store()
        .write(writer -> {
          writer.put(state.withReal(null));
        });

    PurgeAnswer kept = trash.purge(List.of(path));

    assertThat(kept.files()).isZero();
    assertThat(kept.cause()).isEqualTo("'d/f' may be the last copy of what its name shows");
    Report report = new Report(1, state.metadata(), List.of(new Reported(state.shown(), true)));
    peer.store()
        .write(writer -> {
          writer.put(state.withReal(null).withReports(Map.of(PathStates.TWO, report)));
        });
    assertThat(trash.purge(List.of(path)).files()).isEqualTo(1);
  }
}
