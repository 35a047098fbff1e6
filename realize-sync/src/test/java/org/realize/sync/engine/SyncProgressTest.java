package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.engine.SyncProgress.SyncPace;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ManualTime;

class SyncProgressTest {

  private static final RelativePath PATH = RelativePath.of("f");

  private final ManualTime time = new ManualTime();
  private final AtomicLong came = new AtomicLong(7_000_000);
  private final SyncProgress progress = new SyncProgress(time, came::get);

  private void work(int seconds, int filesPerSecond, long bytesPerSecond) {
    for (int i = 0; i < seconds; i++) {
      progress.begun(PATH, "realize", 1);
      time.advance(Duration.ofSeconds(1));
      came.addAndGet(bytesPerSecond);
      for (int j = 0; j < filesPerSecond; j++) {
        progress.ended(PATH, JobEnd.DONE, "");
      }
    }
  }

  @Test
  void pace_beforeAnyWork_orJustBegun_isUnknown() {
    assertThat(progress.pace(10, 10)).isEqualTo(SyncPace.UNKNOWN);
    work(1, 100, 1_000);
    assertThat(progress.pace(10, 10)).isEqualTo(SyncPace.UNKNOWN);
  }

  @Test
  void pace_smallFiles_areReckonedByTheirNumber() {
    work(10, 1_000, 100_000);

    assertThat(progress.pace(20_000, 2_000_000)).isEqualTo(new SyncPace(100_000, 20));
  }

  @Test
  void pace_largeFileThatIsUnderWay_isReckonedByItsBytes() {
    progress.begun(PATH, "realize", 1L << 32);
    for (int i = 0; i < 90; i++) { // longer than what is looked back on
      time.advance(Duration.ofSeconds(1));
      came.addAndGet(10_000_000);
    }

    SyncPace pace = progress.pace(1, 1_000_000_000);
    assertThat(pace.bytesPerSecond()).isEqualTo(10_000_000);
    assertThat(pace.secondsLeft()).isBetween(100L, 101L);
  }

  @Test
  void pace_afterAnHourOfRest_isThatOfTheNewWork() {
    work(10, 1_000, 0);
    time.advance(Duration.ofHours(1));
    work(10, 10, 0);

    assertThat(progress.pace(100, 0).secondsLeft()).isEqualTo(10);
  }

  @Test
  void pace_becomesThatOfTheLastMinute() {
    work(100, 1_000, 0);
    work(61, 10, 0);

    assertThat(progress.pace(100, 0).secondsLeft()).isEqualTo(10);
  }

  @Test
  void pace_nothingComes_hasNoEnd() {
    progress.begun(PATH, "realize", 1);
    time.advance(Duration.ofSeconds(10));
    progress.ended(PATH, JobEnd.FAILED, "why");

    assertThat(progress.pace(1, 1)).isEqualTo(SyncPace.UNKNOWN);
  }
}
