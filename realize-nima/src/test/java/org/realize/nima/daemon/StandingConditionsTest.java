package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.NoticeSettings.StandingTimes;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.engine.OnlyHere;
import org.realize.sync.engine.SyncWork.SyncFigures;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.testing.MemoryGlobalStore;

class StandingConditionsTest {

  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final Path STATE = Path.of("state");
  private static final long GIB = 1L << 30;

  private final MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
  private long freeBytes = 50 * GIB;
  private boolean isDiskSilent;
  private boolean isConnected = true;
  private PhaseKind phase = PhaseKind.IN_SYNC;
  private @Nullable OnlyHere onlyHere = new OnlyHere(0, 0);
  private boolean isCacheFull;
  private StandingConditions conditions = restarted(StandingTimes.USUAL);

  StandingConditionsTest() throws RealizeException {}

  private StandingConditions restarted(StandingTimes times) throws RealizeException {
    return new StandingConditions(
        global,
        times,
        STATE,
        directory -> {
          if (isDiskSilent) {
            throw new StorageFailed("ask how much room " + directory + " has", null);
          }
          long free = directory.equals(STATE) ? 50 * GIB : freeBytes;
          return new DiskUsage(4_096, 100 * GIB, free, free, 1_000, 1_000);
        });
  }

  private HouseholdStatus status() {
    Instant since = Instant.parse("2026-01-02T03:04:05Z");
    PeerStatus desk =
        new PeerStatus(
            new PeerName("desk"),
            "SHA256:d",
            isConnected,
            null,
            List.of(),
            since,
            null,
            null,
            null,
            null);
    ArenaStatus docs =
        new ArenaStatus(
            new ArenaName("docs"),
            "/srv/docs",
            Mark.OWN,
            1,
            1,
            0,
            new CacheReport(GIB, 0, 0, 0, 0, isCacheFull),
            1,
            1,
            0,
            new SyncFigures(false, 0, 0, false, 0, -1, 0, 0, 0),
            new ArenaPhase(phase, null, 0, -1),
            null,
            onlyHere,
            0,
            new ArenaStatus.Transfers(0, 0, 0),
            ArenaStatus.FindingCounts.of(List.of()),
            List.of());
    return new HouseholdStatus(
        "0.1.0",
        1,
        since,
        new PeerName("nas"),
        "SHA256:n",
        List.of(),
        null,
        null,
        null,
        0,
        List.of(),
        List.of(),
        List.of(desk),
        List.of(docs));
  }

  /** The notices of looks every 10 s over a time, the first of them at its begin. */
  private List<String> looks(Duration time) {
    List<String> notices = new ArrayList<>();
    for (long i = 0; i <= time.dividedBy(BEAT); i++) {
      for (Occurrence notice : conditions.look(status(), i == 0 ? Duration.ZERO : BEAT)) {
        notices.add((notice.state() == EventState.ENDED ? "ended: " : "") + notice.text());
      }
    }
    return notices;
  }

  @Test
  void look_nothingStands_isSilent_andWritesNothing() {
    assertThat(looks(Duration.ofDays(8))).isEmpty();
    conditions.save();
    assertThat(global.snapshot().rows()).isEmpty();
  }

  @Test
  void look_peerIsAwayForLong_isNoticedOnce_untilItIsBack() {
    isConnected = false;
    assertThat(looks(Duration.ofDays(7).minus(BEAT))).isEmpty();
    String text = "peer desk: not connected for 7 d";
    assertThat(looks(Duration.ofDays(30))).containsExactly(text);
    isConnected = true;
    assertThat(looks(BEAT)).containsExactly("ended: " + text);
  }

  @Test
  void look_conditionThatEndsBeforeItsTime_beginsAgain() {
    phase = PhaseKind.WORKING;
    assertThat(looks(Duration.ofHours(23))).isEmpty();
    phase = PhaseKind.IN_SYNC;
    assertThat(looks(BEAT)).isEmpty();
    phase = PhaseKind.WORKING;
    assertThat(looks(Duration.ofHours(23))).isEmpty();
    assertThat(looks(Duration.ofHours(2))).containsExactly("arena docs: not in sync for 1 d");
  }

  @Test
  void look_afterARestart_countsOn_andNoticesNothingTwice() throws Exception {
    phase = PhaseKind.WORKING;
    assertThat(looks(Duration.ofHours(20))).isEmpty();
    conditions.save();
    conditions = restarted(StandingTimes.USUAL);
    assertThat(looks(Duration.ofHours(5))).containsExactly("arena docs: not in sync for 1 d");
    conditions = restarted(StandingTimes.USUAL); // killed: what is noticed is kept at once
    assertThat(looks(Duration.ofDays(3))).isEmpty();
    phase = PhaseKind.IN_SYNC;
    assertThat(looks(BEAT)).containsExactly("ended: arena docs: not in sync for 1 d");
    conditions = restarted(StandingTimes.USUAL);
    assertThat(looks(BEAT)).isEmpty();
  }

  @Test
  void look_filesThatAreOnlyHere_areNoticed_andNotTakenForGoneWhileTheyAreNotCounted()
      throws Exception {
    onlyHere = new OnlyHere(2, 100);
    String text =
        "arena docs: has had files that are only here for 1 d; 'realize copies --at-risk' lists"
            + " them";
    assertThat(looks(Duration.ofDays(1))).containsExactly(text);
    conditions = restarted(StandingTimes.USUAL);
    onlyHere = null;
    assertThat(looks(Duration.ofMinutes(10))).isEmpty();
    onlyHere = new OnlyHere(1, 50);
    assertThat(looks(Duration.ofDays(2))).isEmpty();
    onlyHere = new OnlyHere(0, 0);
    assertThat(looks(BEAT)).containsExactly("ended: " + text);
  }

  @Test
  void look_diskThatIsNearlyFull_isNoticed_untilThereIsRoomToSpare() {
    freeBytes = GIB - 1;
    String text = "the disk of the root of arena docs is nearly full";
    assertThat(looks(Duration.ofMinutes(6))).containsExactly(text);
    freeBytes = GIB + (100 << 20);
    assertThat(looks(BEAT)).isEmpty();
    isDiskSilent = true;
    assertThat(looks(BEAT)).isEmpty();
    isDiskSilent = false;
    phase = PhaseKind.IN_DOUBT; // its disk may not be there
    freeBytes = 90 * GIB;
    assertThat(looks(BEAT)).isEmpty();
    phase = PhaseKind.IN_SYNC;
    assertThat(looks(BEAT)).containsExactly("ended: " + text);
    freeBytes = GIB + (100 << 20);
    assertThat(looks(Duration.ofMinutes(6))).isEmpty();
  }

  @Test
  void look_cacheThatIsFull_isNoticed_unlessThatIsOff() throws Exception {
    isCacheFull = true;
    isConnected = false;
    StandingTimes off =
        new StandingTimes(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    String text = "the cache of arena docs is full, and nothing in it can be evicted";
    assertThat(looks(Duration.ofMinutes(6))).containsExactly(text);
    conditions = restarted(off);
    assertThat(looks(Duration.ofDays(30))).containsExactly("ended: " + text);
  }

  @Test
  void look_notice_saysWhatItIsAbout() {
    isConnected = false;
    conditions.look(status(), Duration.ZERO);
    assertThat(conditions.look(status(), Duration.ofDays(7)))
        .containsExactly(
            new Occurrence(
                EventKind.AWAY,
                EventState.BEGUN,
                null,
                "desk",
                null,
                "peer desk: not connected for 7 d"));
  }
}
