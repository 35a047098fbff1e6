package org.realize.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.PeerName;
import org.realize.sync.testing.ManualTime;

class HitHistoryTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualTime time = new ManualTime();
  private final TransferCounters counters = new TransferCounters();
  private final HitHistory hits = new HitHistory(counters, time);

  private void pass(Duration duration) {
    for (Duration left = duration; left.isPositive(); left = left.minusMinutes(1)) {
      time.advance(Duration.ofMinutes(1));
      hits.step();
    }
  }

  @Test
  void ratio_readOnceFromAPeer_andThriceFromTheCache_isThreeQuarters() {
    assertThat(hits.ratio(HOUR)).isEmpty();
    counters.fromPeer(new PeerName("nas"), 100);
    counters.read(100);
    assertThat(hits.ratio(HOUR)).hasValue(0);

    counters.read(100);
    counters.passed(200);

    assertThat(hits.ratio(HOUR)).hasValue(0.75);
  }

  @Test
  void ratio_beforeTheHour_doesNotCount() {
    counters.fromPeer(new PeerName("nas"), 100);
    counters.read(100);
    pass(Duration.ofMinutes(70));
    counters.read(50);

    assertThat(hits.ratio(HOUR)).hasValue(1);
    assertThat(hits.ratio(Duration.ofDays(1))).hasValue(1 - 100.0 / 150);
  }
}
