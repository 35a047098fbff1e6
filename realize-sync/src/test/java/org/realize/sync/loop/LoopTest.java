package org.realize.sync.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.model.RealizeException;
import org.realize.sync.testing.SleeplessTime;

@Timeout(30)
class LoopTest {

  private final SleeplessTime time = new SleeplessTime();
  private final Loops loops = new Loops(time);
  private final Loop loop = loops.of("test loop", Duration.ofMinutes(10));
  private int steps;

  @Test
  void run_stepThrowsAnything_isTriedAgainLaterAndLater() {
    List<Throwable> thrown =
        List.of(
            new IllegalStateException("a bug"),
            new OutOfMemoryError("heap"),
            new StackOverflowError("deep"),
            new AssertionError("wrong"),
            new RealizeException.StorageFailed("disk", null));

    loop.run(() -> {
      if (steps < thrown.size()) {
        throwUnchecked(thrown.get(steps++));
      }
      return false;
    });

    assertThat(steps).isEqualTo(thrown.size());
    assertThat(time.sleeps())
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8),
            Duration.ofSeconds(16));
  }

  @Test
  void run_stepThrowsForEver_restsFiveMinutesAtMost() {
    loop.run(() -> {
      if (steps++ < 20) {
        throw new IllegalStateException("a bug");
      }
      return false;
    });

    assertThat(time.sleeps().getLast()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void run_afterASuccess_restsShortlyAgain() {
    loop.run(() -> {
      int step = steps++;
      if (step < 3 || step == 4) {
        throw new IllegalStateException("a bug");
      }
      return step == 3;
    });

    assertThat(time.sleeps())
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(1));
  }

  @Test
  void faults_whileItFails_namesCauseAndBeginning() {
    List<List<LoopFault>> seen = new ArrayList<>();
    long start = time.unixMillis();

    loop.run(() -> {
      seen.add(loops.faults());
      if (steps++ < 2) {
        throw new OutOfMemoryError("heap");
      }
      return steps < 4;
    });

    LoopFault fault = new LoopFault("test loop", "java.lang.OutOfMemoryError: heap", start);
    assertThat(seen).containsExactly(List.of(), List.of(fault), List.of(fault), List.of());
    assertThat(loops.faults()).isEmpty();
  }

  @Test
  void faults_stepThatDoesNotEnd_isListed() {
    loop.run(() -> {
      long start = time.unixMillis();
      time.sleep(Duration.ofMinutes(9));
      assertThat(loops.faults()).isEmpty();
      time.sleep(Duration.ofMinutes(3));
      assertThat(loops.faults())
          .containsExactly(new LoopFault("test loop", "has been at one step for 12 min", start));
      return false;
    });
  }

  @Test
  void faults_loopThatWaits_isListedOnlyAfterItsWait() {
    loop.run(() -> {
      loop.waits(Duration.ofHours(1));
      time.sleep(Duration.ofMinutes(65));
      assertThat(loops.faults()).isEmpty();
      time.sleep(Duration.ofMinutes(10));
      assertThat(loops.faults()).hasSize(1);
      loop.works();
      assertThat(loops.faults()).isEmpty();
      return false;
    });
  }

  @Test
  void run_interrupted_ends() {
    loop.run(() -> {
      steps++;
      throw new InterruptedException();
    });

    assertThat(steps).isEqualTo(1);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(loops.faults()).isEmpty();
  }

  private static void throwUnchecked(Throwable thrown) throws RealizeException {
    switch (thrown) {
      case RealizeException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(thrown);
    }
  }
}
