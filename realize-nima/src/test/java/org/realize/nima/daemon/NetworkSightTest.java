package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.testing.ManualTime;

class NetworkSightTest {

  private final ManualTime time = new ManualTime();
  private final NetworkSight home = NetworkSight.of(Set.of("eth0 10.0.0.1"), time);

  private void wallClock(Duration moved) {
    time.jumpTo(time.unixMillis() + moved.toMillis());
  }

  @Test
  void difference_timeGoesBy_isNone() {
    time.advance(Duration.ofDays(400));
    wallClock(Duration.ofMillis(2_999));
    assertThat(home.at(time).difference(home)).isEmpty();
  }

  @Test
  void difference_wallClockJumps_isOne_onceAndInBothDirections() {
    wallClock(NetworkSight.JUMP);
    NetworkSight awake = home.at(time);
    assertThat(awake.difference(home)).get().asString().contains("slept");
    time.advance(Duration.ofSeconds(2));
    assertThat(awake.at(time).difference(awake)).isEmpty();
    wallClock(NetworkSight.JUMP.negated());
    assertThat(awake.at(time).difference(awake)).isPresent();
  }

  @Test
  void difference_addressComesGoesOrMoves_isOne() {
    NetworkSight cut = NetworkSight.of(Set.of(), time);
    NetworkSight moved = NetworkSight.of(Set.of("wlan0 10.0.0.1"), time);
    assertThat(cut.difference(home)).get().asString().contains("addresses");
    assertThat(home.difference(cut)).isPresent();
    assertThat(moved.difference(home)).isPresent();
    assertThat(NetworkSight.of(Set.of("eth0 10.0.0.1"), time).difference(home)).isEmpty();
  }
}
