package org.realize.sync.rate;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private static final Backoff NONE =
      Backoff.between(Duration.ofMillis(500), Duration.ofMinutes(1));

  @Test
  void delay_moreFailures_doublesUpToTheLongest() {
    Random random = new Random(5);
    assertThat(NONE.delay()).isZero();
    assertThat(NONE.delay(random)).isZero();
    long expected = 500;
    Backoff backoff = NONE;
    for (int i = 0; i < 100; i++) {
      backoff = backoff.afterFailure();
      assertThat(backoff.delay()).isEqualTo(Duration.ofMillis(expected));
      assertThat(backoff.delay(random))
          .isBetween(Duration.ofMillis(expected * 3 / 4), Duration.ofMillis(expected * 5 / 4));
      expected = Math.min(2 * expected, 60_000);
    }
  }

  @Test
  void delay_sameFailuresAgain_differs() {
    Random random = new Random(5);
    Backoff backoff = NONE.afterFailures(5);
    assertThat(backoff.delay(random)).isNotEqualTo(backoff.delay(random));
  }
}
