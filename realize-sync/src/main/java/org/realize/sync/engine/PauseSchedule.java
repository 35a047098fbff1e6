package org.realize.sync.engine;

import java.util.Optional;

/** The pauses that begin and end by the clock. Thread-safe. */
@FunctionalInterface
public interface PauseSchedule {

  /** No pause at any time. */
  PauseSchedule NEVER = _ -> Optional.empty();

  /**
   * The end of the pause that covers a time, both in Unix milliseconds, {@link PauseState#FOR_EVER}
   * at most; empty if none does.
   */
  Optional<Long> end(long nowMillis);
}
