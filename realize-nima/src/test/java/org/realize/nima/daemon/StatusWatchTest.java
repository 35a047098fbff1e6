package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.NoticeSettings.StandingTimes;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.RecordingHousehold;
import org.realize.nima.observe.EventRing;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;

class StatusWatchTest {

  private final ManualTime time = new ManualTime();
  private final EventRing events = new EventRing(time);
  private final RecordingHousehold household = new RecordingHousehold(42);
  private long last;

  /** The status of the household with some of its parts left out. */
  private HouseholdStatus status(boolean hasArenas, boolean hasFaults, @Nullable String disk)
      throws RealizeException {
    HouseholdStatus all = household.status();
    return new HouseholdStatus(
        all.version(),
        all.pid(),
        all.started(),
        all.node(),
        all.key(),
        all.listening(),
        all.mount(),
        all.dashboard(),
        disk,
        all.servedBytes(),
        hasFaults ? all.loops() : List.of(),
        hasFaults ? all.overBudget() : List.of(),
        hasFaults ? all.peers() : List.of(),
        hasArenas ? all.arenas() : List.of());
  }

  private List<String> step(HouseholdStatus status) throws Exception {
    seen = status;
    assertThat(watch.step()).isEqualTo(Duration.ofSeconds(10));
    List<NodeEvent> page = events.read(new EventQuery(last == 0 ? null : last, 0)).events();
    last = page.isEmpty() ? last : page.getLast().id();
    return page.stream().map(NodeEvent::line).toList();
  }

  private HouseholdStatus seen = household.status();
  private final StatusWatch watch = new StatusWatch(() -> seen, standing(), events, time);

  StatusWatchTest() throws RealizeException {}

  /** Conditions of which none is noticed in the time of a test. */
  private static StandingConditions standing() throws RealizeException {
    return new StandingConditions(
        new MemoryGlobalStore(new Random(1)),
        StandingTimes.USUAL,
        Path.of("state"),
        _ -> new DiskUsage(4_096, 100L << 30, 50L << 30, 50L << 30, 1_000, 1_000));
  }

  @Test
  void step_whatTheStatusShows_isNotedAtItsBeginAndAtItsEnd() throws Exception {
    assertThat(step(status(true, true, null)))
        .containsExactly(
            "arena photos/trips: not in sync",
            "arena photos/trips: paused",
            "peer phone: paused",
            "engine: java.lang.OutOfMemoryError: heap",
            "cat has read 12.0 GiB");
    assertThat(step(status(true, true, null))).isEmpty();
    assertThat(step(status(true, false, "no room")))
        .containsExactlyInAnyOrder(
            "no room",
            "ended: peer phone: paused",
            "ended: engine: java.lang.OutOfMemoryError: heap",
            "ended: cat has read 12.0 GiB");
    assertThat(step(status(false, false, null)))
        .containsExactlyInAnyOrder(
            "ended: arena photos/trips: not in sync",
            "ended: arena photos/trips: paused",
            "ended: no room");
    assertThat(step(status(false, false, null))).isEmpty();
  }
}
