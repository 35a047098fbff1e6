package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.HostPort;

class PeerSlotTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final PeerSlot slot = new PeerSlot(RandomGenerator.of("L64X128MixRandom"), 0);

  @Test
  void networkChanged_endsTheWaitAfterFailures() {
    assertThat(slot.startDialling(true, 0)).isTrue();
    slot.stopDialling(Optional.of("no route"), PeerSlot.LONG_WAIT, 0);
    assertThat(slot.untilDial(SECOND)).isGreaterThan(30 * SECOND);
    assertThat(slot.startDialling(true, SECOND)).isFalse();

    slot.networkChanged(SECOND);

    assertThat(slot.untilDial(SECOND)).isZero();
    assertThat(slot.startDialling(true, SECOND)).isTrue();
    slot.stopDialling(Optional.of("no route"), slot.backoff().afterFailure(), SECOND);
    assertThat(slot.untilDial(SECOND)).as("the wait is as after the first").isLessThan(SECOND);
  }

  @Test
  void networkChanged_attemptUnderWay_doesNotCountAnyMore_andAnotherBegins() {
    assertThat(slot.startDialling(true, 0)).isTrue();
    assertThat(slot.startDialling(true, 0)).isFalse();
    long hanging = slot.attempt();

    slot.networkChanged(SECOND);

    assertThat(slot.startDialling(true, SECOND)).isTrue();
    assertThat(slot.attempt()).isNotEqualTo(hanging);
  }

  @Test
  void networkChanged_peerThatTheUserDisconnected_isNotDialled() {
    assertThat(slot.disconnect()).isEmpty();
    slot.networkChanged(SECOND);
    assertThat(slot.startDialling(true, SECOND)).isFalse();
    assertThat(slot.untilDial(SECOND)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void follow_otherAddresses_attemptUnderWayDoesNotCountAnyMore() {
    List<HostPort> first = List.of(new HostPort("10.0.0.1", 1));
    slot.follow(first, 0);
    assertThat(slot.startDialling(true, 0)).isTrue();
    long hanging = slot.attempt();
    slot.follow(first, SECOND);
    assertThat(slot.attempt()).isEqualTo(hanging);
    slot.follow(List.of(), SECOND);
    assertThat(slot.attempt()).isNotEqualTo(hanging);
  }
}
