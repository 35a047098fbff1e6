package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

  @Test
  void delay_moreFailures_doublesWithinAQuarterUpToAMinute() {
    Random random = new Random(5);
    assertThat(Backoff.NONE.delay(random)).isZero();
    long expected = 500;
    Backoff backoff = Backoff.NONE;
    for (int i = 0; i < 100; i++) {
      backoff = backoff.afterFailure();
      assertThat(backoff.delay(random))
          .isBetween(Duration.ofMillis(expected * 3 / 4), Duration.ofMillis(expected * 5 / 4));
      expected = Math.min(2 * expected, 60_000);
    }
  }

  @Test
  void delay_sameFailuresAgain_differs() {
    Random random = new Random(5);
    Backoff backoff = new Backoff(5);
    assertThat(backoff.delay(random)).isNotEqualTo(backoff.delay(random));
  }
}
