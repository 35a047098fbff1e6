package org.realize.sync.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no change of the network is needed for; ReloadIT has machines whose network changes. */
@Timeout(60)
class NetworkEventsTest {

  @Test
  void take_nothingChanges_isFalse_alsoOnceClosed() throws Exception {
    NetworkEvents closed;
    try (NetworkEvents events = NetworkEvents.open()) {
      await().until(() -> !events.take()); // the machine's own network may change meanwhile
      closed = events;
    }
    assertThat(closed.take()).isFalse();
  }
}
