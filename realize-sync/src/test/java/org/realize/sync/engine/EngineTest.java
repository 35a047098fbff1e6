package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.Upkeep.UpkeepWork;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.ScriptedPeer;

class EngineTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final ManualTime time = new ManualTime();
  private @Nullable UpkeepWork fault;

  /** A counter of the rounds of some upkeep, which fail as long as there is a fault. */
  private final class Upkept {
    private int steps;
    private final Upkeep job = new Upkeep("count", this::count);

    private void count() throws RealizeException, InterruptedException {
      steps++;
      if (fault != null) {
        fault.run();
      }
    }
  }

  @Test
  void step_jobDue_isSteppedOncePerPeriod() throws Exception {
    Upkept upkept = new Upkept();
    Engine engine = new Engine(PHOTOS, List.of(upkept.job), time);
    assertThat(engine.step()).isEqualTo(PERIOD);
    assertThat(upkept.steps).isEqualTo(1);
    time.advance(PERIOD.minusNanos(1));
    assertThat(engine.step()).isEqualTo(Duration.ofNanos(1));
    assertThat(upkept.steps).isEqualTo(1);
    time.advance(Duration.ofNanos(1));
    engine.step();
    assertThat(upkept.steps).isEqualTo(2);
  }

  @Test
  void step_jobFails_isRetriedLaterEachTime_othersGoOn() throws Exception {
    Upkept failing = new Upkept();
    Upkept other = new Upkept();
    Engine engine = new Engine(PHOTOS, List.of(failing.job, other.job), time);
    fault =
        () -> {
          throw new StorageFailed("write blob", null);
        };
    long expected = Engine.FIRST_RETRY.toSeconds();
    for (int failure = 1; failure <= 12; failure++) {
      assertThat(engine.step()).as("failure " + failure).isEqualTo(Duration.ofSeconds(expected));
      assertThat(List.of(failing.steps, other.steps)).containsOnly(failure);
      time.advance(Duration.ofSeconds(expected));
      expected = Math.min(expected * 2, Engine.LAST_RETRY.toSeconds());
    }
    fault = null;
    assertThat(engine.step()).isEqualTo(PERIOD);
    fault =
        () -> {
          throw new StorageFailed("write blob", null);
        };
    time.advance(PERIOD);
    assertThat(engine.step()).as("after a success").isEqualTo(Engine.FIRST_RETRY);
  }

  @Test
  void step_bugInAJob_isRetriedLikeAFailure() throws Exception {
    Upkept upkept = new Upkept();
    fault =
        () -> {
          throw new IllegalStateException("a bug");
        };
    Engine engine = new Engine(PHOTOS, List.of(upkept.job), time);
    assertThat(engine.step()).isEqualTo(Engine.FIRST_RETRY);
    fault = null;
    time.advance(Engine.FIRST_RETRY);
    assertThat(engine.step()).isEqualTo(PERIOD);
    assertThat(upkept.steps).isEqualTo(2);
  }

  @Test
  void step_jobDone_isLeftOut() throws Exception {
    ArenaRig rig = new ArenaRig();
    ScriptedPeer nas = new ScriptedPeer("nas");
    rig.show("f", nas.serve(ScriptedPeer.bytes(1, 10)), nas);
    FilesJob job = FilesJobTest.evict(rig, RelativePath.ROOT, (_, _, _) -> {});
    Engine engine = new Engine(PHOTOS, List.of(job), time);
    assertThat(engine.step()).isEqualTo(Engine.IDLE);
    assertThat(job.left()).isEmpty();
  }

  @Test
  void step_noJobs_isIdle() throws Exception {
    assertThat(new Engine(PHOTOS, List.of(), time).step()).isEqualTo(Engine.IDLE);
  }

  @Test
  void wake_ofOneJob_stepsThatOneAlone() throws Exception {
    Upkept woken = new Upkept();
    Upkept other = new Upkept();
    Engine engine = new Engine(PHOTOS, List.of(woken.job, other.job), time);
    engine.step();
    time.advance(Duration.ofSeconds(4));

    engine.wake(woken.job);

    assertThat(engine.step()).isEqualTo(PERIOD.minusSeconds(4));
    assertThat(List.of(woken.steps, other.steps)).containsExactly(2, 1);
    engine.step();
    assertThat(woken.steps).isEqualTo(2);
  }
}
