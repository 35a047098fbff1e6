package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.CopyReport;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;

class CopyListerTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private StoreNames names;

  @BeforeEach
  void fill() throws Exception {
    Incarnations incarnations = Incarnations.opened(rig.global, rig.time, "machine");
    names = new StoreNames(new PeerName("desk"), rig.global, incarnations, List::of);
    FileStat stat = new FileStat(FileStat.Kind.FILE, 3, 0644, FileTime.EPOCH, 77, 1, 1, 1, 0, 0);
    rig.show("d/both", PathStates.file(3), stat, nas);
    rig.show("d/here", PathStates.file(4), stat);
    rig.show("d!", PathStates.file(5), nas);
    rig.show("d", new Content.Directory(), nas);
    rig.show("nowhere", PathStates.file(6));
  }

  private List<String> list(boolean atRisk, String top) throws RealizeException {
    CopyLister lister = new CopyLister(names, atRisk);
    lister.add(rig.arena(), RelativePath.of(top));
    CopyReport report = lister.report();
    assertThat(report.count()).isEqualTo(report.files().size());
    long onlyHere =
        report.files().stream().filter(file -> file.holders().equals(List.of("desk"))).count();
    assertThat(report.onlyHere()).isEqualTo(onlyHere);
    return report.files().stream().map(file -> file.path() + " " + file.holders()).toList();
  }

  @Test
  void add_wholeArena_tellsEachFilesHolders() throws Exception {
    String id = nas.store().toString().substring(0, 8);

    assertThat(list(false, ""))
        .containsExactly(
            "d! [" + id + "]", "d/both [desk, " + id + "]", "d/here [desk]", "nowhere []");
    assertThat(list(false, "d")).containsExactly("d/both [desk, " + id + "]", "d/here [desk]");
    assertThat(list(false, "d/here")).containsExactly("d/here [desk]");
    assertThat(list(false, "unknown")).isEmpty();
  }

  @Test
  void add_atRisk_isWhatNoOtherPeerHolds() throws Exception {
    assertThat(list(true, "")).containsExactly("d/here [desk]", "nowhere []");
  }
}
