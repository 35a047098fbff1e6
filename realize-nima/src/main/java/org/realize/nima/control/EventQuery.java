package org.realize.nima.control;

import org.jspecify.annotations.Nullable;

/**
 * A question about events.
 *
 * @param since the id of the last event that is known already; null for all that are kept
 * @param waitSeconds the time to wait for the first one if there is none; {@link #MAX_WAIT_SECONDS}
 *     at most
 */
public record EventQuery(@Nullable Long since, int waitSeconds) implements ControlRequest {

  public static final int MAX_WAIT_SECONDS = 20;

  public EventQuery {
    if (waitSeconds < 0 || waitSeconds > MAX_WAIT_SECONDS) {
      throw new IllegalArgumentException(
          "waitSeconds is 0 to " + MAX_WAIT_SECONDS + ", not " + waitSeconds);
    }
  }
}
