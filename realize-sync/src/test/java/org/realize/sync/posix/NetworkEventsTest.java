package org.realize.sync.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The end of a wait; ReloadIT has machines whose network changes. */
@Timeout(60)
class NetworkEventsTest {

  @Test
  void close_endsAnAwaitThatWaits_andLaterOnes() throws Exception {
    NetworkEvents events = NetworkEvents.open();
    AtomicReference<Boolean> answer = new AtomicReference<>();
    Thread waiting =
        Thread.ofPlatform()
            .start(() -> {
              boolean isChanged = true;
              while (isChanged) { // the machine's own network may change meanwhile
                isChanged = events.await(600_000);
              }
              answer.set(isChanged);
            });
    await().until(() -> waiting.getStackTrace().length > 0);

    events.close();

    assertThat(waiting.join(Duration.ofSeconds(50))).isTrue();
    assertThat(answer.get()).isFalse();
    assertThat(events.await(600_000)).isFalse();
    events.close();
  }
}
