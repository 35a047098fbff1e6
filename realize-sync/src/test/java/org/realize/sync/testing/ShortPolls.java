package org.realize.sync.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An extension of every test class, registered as a service: Awaitility asks at once, then every 10
 * ms for the first half second, then every 100 ms. Its own first question comes after 100 ms, which
 * most conditions do not take. It gives up after a minute, where the test says nothing else: its
 * own 10 s are less than a busy machine can take.
 */
public final class ShortPolls implements BeforeAllCallback {

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval((count, _) -> Duration.ofMillis(count < 50 ? 10 : 100));
  }
}
