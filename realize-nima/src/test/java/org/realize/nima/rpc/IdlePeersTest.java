package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.testing.ManualTime;

/** Two connected nodes that have nothing to say, in virtual time. */
@Timeout(60)
class IdlePeersTest {

  /** The real keep-alive; nobody is cut by a clock that runs faster than bytes travel. */
  private static final Limits LIMITS =
      new Limits(
          Duration.ofDays(1),
          Duration.ofDays(1),
          Limits.DEFAULT.keepAlive(),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Duration.ofDays(1),
          Limits.DEFAULT.farewell(),
          64,
          1024,
          4);

  private final ManualTime time = new ManualTime();
  private final TestNode listening = new TestNode("listening", LIMITS, null, time, "127.0.0.1:0");
  private final TestNode deaf = new TestNode("deaf", LIMITS, null, time);

  @AfterEach
  void close() {
    deaf.close();
    listening.close();
  }

  @Test
  void connections_idleForAnHour_wakeForTheirKeepAliveAlone() throws Exception {
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
    await().until(() -> listening.link(deaf).isPresent() && deaf.link(listening).isPresent());
    int wakings = 0;
    while (time.monotonicNanos() < Duration.ofHours(1).toNanos()) {
      time.leap(2);
      wakings++;
    }
    // Each node has two connections, and looks twice for each Ping at most.
    long pings = 2 * Duration.ofHours(1).dividedBy(LIMITS.keepAlive());
    assertThat(wakings).isLessThanOrEqualTo((int) (4 * pings));
    assertThat(listening.link(deaf)).isPresent();
  }
}
