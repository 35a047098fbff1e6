package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PeerSpeedTest {

  private static final long SECOND = 1_000_000_000;

  private final PeerSpeed speed = new PeerSpeed();

  @Test
  void secondsFor_steadyStream_approachesItsRate() {
    long now = 0;
    for (int i = 0; i < 10; i++) {
      speed.asked(1_000_000, now);
      now += SECOND;
      speed.received(1_000_000, now);
    }
    assertThat(speed.secondsFor(1_000_000, Duration.ZERO, now)).isCloseTo(1, within(0.05));
    assertThat(speed.portionBytes()).isBetween(1_900_000L, 2_200_000L);
  }

  @Test
  void secondsFor_askedAlready_waitsForThatToo() {
    double alone = speed.secondsFor(1_000_000, Duration.ZERO, 0);
    speed.asked(1_000_000, 0);
    assertThat(speed.secondsFor(1_000_000, Duration.ZERO, 0)).isCloseTo(2 * alone, within(1e-9));
  }

  @Test
  void secondsFor_peerThatGaveUp_looksSlower() {
    double before = speed.secondsFor(1_000_000, Duration.ZERO, 0);
    speed.asked(1_000_000, 0);
    speed.gaveUp(1_000_000, 5 * SECOND);
    long after = 5 * SECOND;
    assertThat(speed.secondsFor(1_000_000, Duration.ZERO, after)).isGreaterThan(10 * before);
    long later = after + Duration.ofHours(1).toNanos();
    assertThat(speed.secondsFor(1_000_000, Duration.ZERO, later))
        .isCloseTo(before, within(before / 100));
  }

  @Test
  void secondsFor_roundTrip_isAdded() {
    assertThat(speed.secondsFor(0, Duration.ofMillis(70), 0)).isCloseTo(0.07, within(1e-9));
  }
}
