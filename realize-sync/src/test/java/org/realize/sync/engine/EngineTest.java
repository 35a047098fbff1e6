package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.BlobStore;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.HitHistory;
import org.realize.sync.transfer.TransferCounters;

class EngineTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final ManualTime time = new ManualTime();
  private @Nullable Exception fault;

  /** A counter of the steps of a cache's upkeep, which fail as long as there is a fault. */
  private final class Upkept {
    private int steps;
    private final CacheUpkeep job =
        new CacheUpkeep(
            (BlobStore)
                Proxy.newProxyInstance(
                    EngineTest.class.getClassLoader(),
                    new Class<?>[] {BlobStore.class},
                    (_, _, _) -> {
                      steps++;
                      if (fault != null) {
                        throw fault;
                      }
                      return null;
                    }),
            new HitHistory(new TransferCounters(), time));
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
    fault = new StorageFailed("write blob", null);
    long expected = Engine.FIRST_RETRY.toSeconds();
    for (int failure = 1; failure <= 12; failure++) {
      assertThat(engine.step()).as("failure " + failure).isEqualTo(Duration.ofSeconds(expected));
      assertThat(List.of(failing.steps, other.steps)).containsOnly(failure);
      time.advance(Duration.ofSeconds(expected));
      expected = Math.min(expected * 2, Engine.LAST_RETRY.toSeconds());
    }
    fault = null;
    assertThat(engine.step()).isEqualTo(PERIOD);
    fault = new StorageFailed("write blob", null);
    time.advance(PERIOD);
    assertThat(engine.step()).as("after a success").isEqualTo(Engine.FIRST_RETRY);
  }

  @Test
  void step_bugInAJob_isRetriedLikeAFailure() throws Exception {
    Upkept upkept = new Upkept();
    fault = new IllegalStateException("a bug");
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
}
