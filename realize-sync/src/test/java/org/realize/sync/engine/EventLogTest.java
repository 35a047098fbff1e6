package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.ScriptedPeer;

class EventLogTest {

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final List<String> lines = new ArrayList<>();
  private EventLog log = new EventLog(rig.arena(), change -> lines.add(change.line()));

  /** The process ends without another look, and the next one begins. */
  private void restart() {
    log = new EventLog(rig.arena(), change -> lines.add(change.line()));
  }

  private void end(FindingKind kind, Part part, String path) throws RealizeException {
    rig.store.write(writer -> {
      writer.removeFinding(Finding.Key.of(kind, part, RelativePath.of(path)));
    });
  }

  /** A path that this store and another one changed without knowing of each other. */
  private void disagree(String path) throws RealizeException {
    rig.show(path, PathStates.file(3));
    VersionVector other = VersionVector.EMPTY.with(PathStates.TWO, 1);
    Version theirs = new Version(PathStates.file(4), other, null, null, false);
    rig.store.write(writer -> {
      PathState ours = writer.path(RelativePath.of(path)).orElseThrow();
      Report report = new Report(1, ours.metadata(), List.of(new Report.Reported(theirs, true)));
      Map<StoreId, Report> reports = Map.of(PathStates.TWO, report);
      writer.put(
          new PathState(ours.path(), ours.shown(), ours.metadata(), ours.real(), 0, reports));
    });
  }

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
    Finding finding = Finding.Key.of(kind, part, RelativePath.of(path)).toFinding(cause, 1);
    rig.store.write(writer -> {
      writer.putFinding(finding);
    });
  }

  @Test
  void step_findings_areNotedOnceAtTheirBeginAndOnceAtTheirEnd() throws Exception {
    assertThat(look()).isEmpty();
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

    end(FindingKind.HELD, Part.FEED, "a");
    assertThat(look()).containsExactly("ended: held: 'a': why");
    assertThat(look()).isEmpty();
  }

  @Test
  void step_whatBeginsAndEndsAroundARestart_isNotedByTheNextLife_andNothingTwice()
      throws Exception {
    list(FindingKind.HELD, Part.FEED, "noted");
    list(FindingKind.FAILED, Part.REAL_SCRUB, "ends");
    assertThat(look()).as("of a life that had none before").hasSize(2);

    end(FindingKind.FAILED, Part.REAL_SCRUB, "ends");
    list(FindingKind.FAILED, Part.CACHE_SCRUB, "damaged");
    disagree("both");
    restart();
    assertThat(look())
        .containsExactlyInAnyOrder(
            "damaged: 'cache of 'damaged'': why",
            "conflict at 'both'; see 'realize conflict list'",
            "ended: damaged: 'real file 'ends'': why");
    restart();
    assertThat(look()).isEmpty();
    end(FindingKind.HELD, Part.FEED, "noted");
    assertThat(look()).containsExactly("ended: held: 'noted': why");
    restart();
    assertThat(look()).isEmpty();
  }

  @Test
  void step_moreThanAreKept_nextLifeNotesNoBegin_andOnceAllAreKeptAgain_does() throws Exception {
    for (int i = 0; i <= NotedEvents.MAX_KEPT; i++) {
      list(FindingKind.SKIPPED, Part.INDEX, "%04d".formatted(i));
    }
    assertThat(look()).hasSize(21);
    list(FindingKind.SKIPPED, Part.INDEX, "new");
    restart();
    assertThat(look()).as("it cannot be told from the last ones").isEmpty();
    end(FindingKind.SKIPPED, Part.INDEX, "new");
    end(FindingKind.SKIPPED, Part.INDEX, "0000");
    assertThat(look()).hasSize(2);
    list(FindingKind.SKIPPED, Part.INDEX, "newer");
    restart();
    assertThat(look()).containsExactly("skipped: 'newer': why");
  }

  @Test
  void step_manyBeginAtOnce_thoseThatWaitForADecisionComeFirst() throws Exception {
    for (int i = 0; i < 30; i++) {
      list(FindingKind.SKIPPED, Part.INDEX, "%04d".formatted(i));
    }
    list(FindingKind.HELD, Part.FEED, "x");
    list(FindingKind.PAUSED, Part.INDEX, "y");
    assertThat(look())
        .hasSize(21)
        .startsWith("in doubt: 'y': why", "held: 'x': why")
        .endsWith("and 12 more");
  }

  @Test
  void step_rootInDoubt_isNamedByItsArenaAlone() throws Exception {
    list(FindingKind.PAUSED, Part.INDEX, "");
    assertThat(look()).containsExactly("in doubt: why");
  }

  @Test
  void step_longNames_areKeptAsFarAsTheyFitIntoARow() throws Exception {
    String deep = ("d".repeat(200) + "/").repeat(19);
    for (int i = 0; i < 100; i++) {
      list(FindingKind.SKIPPED, Part.INDEX, deep + i);
    }
    assertThat(look()).hasSize(21);
    assertThat(new NotedEvents(rig.store).events().size()).isBetween(20, 30);
    list(FindingKind.SKIPPED, Part.INDEX, "new");
    restart();
    assertThat(look()).as("it cannot be told from the last ones").isEmpty();
  }

  @Test
  void step_storeThatTakesNothing_isNotedOnceAllTheSame() throws Exception {
    AtomicBoolean isFull = new AtomicBoolean(true);
    ArenaStore full =
        new ForwardingArenaStore(rig.store) {
          @Override
          public <T extends @Nullable Object> T write(StoreChange<T> change)
              throws RealizeException {
            if (isFull.get()) {
              throw new StorageFailed("the disk is full", null);
            }
            return super.write(change);
          }
        };
    Arena arena = new Arena(full, rig.blobs, Mark.WATCH, rig.time, null);
    log = new EventLog(arena, change -> lines.add(change.line()));
    list(FindingKind.HELD, Part.FEED, "a");
    assertThat(look()).hasSize(1);
    assertThat(look()).isEmpty();
    isFull.set(false);
    assertThat(look()).isEmpty();
    restart();
    assertThat(look()).as("stored once that was possible").isEmpty();
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
    end(FindingKind.HELD, Part.FEED, "f0");
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

    restart();
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
