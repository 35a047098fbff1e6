package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;

class EventLogTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final List<String> lines = new ArrayList<>();
  private EventLog log = new EventLog(rig.arena(), change -> lines.add(change.line()));

  private List<String> look() throws RealizeException {
    lines.clear();
    rig.time.advance(Duration.ofMinutes(10));
    int steps = 0;
    while (log.step().orElseThrow().isZero()) {
      assertThat(steps++).isLessThan(10);
    }
    return lines;
  }

  private static FileStat stat(long sizeBytes) {
    return new FileStat(
        FileStat.Kind.FILE, sizeBytes, 0644, FileTime.EPOCH, 77, sizeBytes, 1, 1, 0, 0);
  }

  private void list(FindingKind kind, Part part, String path) throws RealizeException {
    list(kind, part, path, "why");
  }

  private void list(FindingKind kind, Part part, String path, String cause)
      throws RealizeException {
    Finding finding = Finding.Key.of(kind, part, RelativePath.of(path)).found(cause, 1);
    rig.store.write(writer -> {
      writer.putFinding(finding);
    });
  }

  @Test
  void step_findings_areNotedOnceAtTheirBeginAndOnceAtTheirEnd() throws Exception {
    list(FindingKind.HELD, Part.FEED, "before", "an earlier cause");
    assertThat(look()).as("of an earlier life").isEmpty();
    list(FindingKind.HELD, Part.FEED, "a");
    list(FindingKind.FAILED, Part.REAL_SCRUB, "b");
    list(FindingKind.FAILED, Part.SYNC, "retried");
    list(FindingKind.SKIPPED, Part.INDEX, "socket");

    assertThat(look())
        .containsExactlyInAnyOrder(
            "held: 'a': why",
            "damaged: 'real file 'b'': why",
            "failed: 'retried': why",
            "skipped: 'socket': why");
    assertThat(look()).isEmpty();

    rig.store.write(writer -> {
      writer.removeFinding(Finding.Key.of(FindingKind.HELD, Part.FEED, RelativePath.of("a")));
    });
    assertThat(look()).containsExactly("ended: held: 'a': why");
    assertThat(look()).isEmpty();
  }

  @Test
  void step_moreEventsThanAreNoted_countsTheOthers() throws Exception {
    look();
    for (int i = 0; i < 25; i++) {
      list(FindingKind.FAILED, Part.REAL_SCRUB, "f" + i);
    }
    assertThat(look()).hasSize(21).endsWith("and 5 more");
  }

  @Test
  void step_manyHeldForOneCause_areOneEvent() throws Exception {
    look();
    for (int i = 0; i < 25; i++) {
      list(FindingKind.HELD, Part.FEED, "f" + i, "nas removes most files");
    }
    list(FindingKind.HELD, Part.FEED, "other", "clock of nas");

    assertThat(look())
        .containsExactly(
            "held: 'other': clock of nas", "held: 'f0' and 24 more: nas removes most files");
    rig.store.write(writer -> {
      writer.removeFinding(Finding.Key.of(FindingKind.HELD, Part.FEED, RelativePath.of("f0")));
    });
    assertThat(look()).isEmpty();
  }

  @Test
  void step_filesThatAreOnlyHere_areCounted_andNotedAlsoAcrossLives() throws Exception {
    assertThat(log.onlyHere()).isEmpty();
    rig.show("held", PathStates.file(3), stat(3), nas);
    rig.show("elsewhere", PathStates.file(6));
    look();
    assertThat(lines).isEmpty();
    assertThat(log.onlyHere()).contains(new OnlyHere(0, 0));

    rig.show("alone", PathStates.file(4), stat(4));
    assertThat(look()).as("a peer may be taking it").isEmpty();
    assertThat(log.onlyHere()).contains(new OnlyHere(1, 4));
    assertThat(look())
        .containsExactly("1 files, 4 bytes, are only here; see 'realize copies --at-risk'");
    assertThat(log.onlyHere()).contains(new OnlyHere(1, 4));
    assertThat(look()).isEmpty();

    log = new EventLog(rig.arena(), change -> lines.add(change.line()));
    assertThat(look()).as("noted by the life before").isEmpty();
    assertThat(look()).isEmpty();
    rig.show("alone", PathStates.file(4), stat(4), nas);
    assertThat(look()).containsExactly("ended: files are only here");
  }

  @Test
  void step_filesThatAPeerTakes_areCountedNoMore_beforeAllPathsAreLookedAt() throws Exception {
    rig.show("a", PathStates.file(4), stat(4));
    rig.show("b", PathStates.file(5), stat(5));
    look();
    assertThat(log.onlyHere()).contains(new OnlyHere(2, 9));

    rig.show("a", PathStates.file(4), stat(4), nas);
    log.step();
    assertThat(log.onlyHere()).contains(new OnlyHere(1, 5));
    rig.show("b", PathStates.file(5), stat(5), nas);
    log.step();
    assertThat(log.onlyHere()).contains(new OnlyHere(0, 0));
    assertThat(lines)
        .containsExactly(
            "1 files, 5 bytes, are only here; see 'realize copies --at-risk'",
            "ended: files are only here");
  }
}
