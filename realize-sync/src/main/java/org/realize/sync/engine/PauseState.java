package org.realize.sync.engine;

import java.util.Optional;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The user's last word about one pause. Times are Unix milliseconds.
 *
 * @param untilMillis the end of a pause that the user began; 0 for none
 * @param resumedMillis the time until which a scheduled pause is ended by the user; 0 for none
 */
public record PauseState(long untilMillis, long resumedMillis) {

  /** The end of a pause that only the user ends. */
  public static final long FOR_EVER = Long.MAX_VALUE;

  /** Nothing but the schedule counts. */
  public static final PauseState NONE = new PauseState(0, 0);

  /** The user begins a pause, or moves its end. */
  public static PauseState begun(long endMillis) {
    return new PauseState(endMillis, 0);
  }

  /** The user ends a pause, a scheduled one that is under way too. */
  public static PauseState ended(long nowMillis, PauseSchedule schedule) {
    return new PauseState(0, schedule.end(nowMillis).orElse(0L));
  }

  /** The end of the pause; empty while there is none. */
  public Optional<Long> until(long nowMillis, PauseSchedule schedule) {
    long scheduled = resumedMillis > nowMillis ? 0 : schedule.end(nowMillis).orElse(0L);
    long end = Math.max(untilMillis, scheduled);
    return end > nowMillis ? Optional.of(end) : Optional.empty();
  }

  /** Puts the state into a row. */
  public static void encode(RowEncoder out, PauseState state) {
    out.putNumber(state.untilMillis).putNumber(state.resumedMillis);
  }

  /** The next state of a row. */
  public static PauseState decode(RowDecoder in) {
    return new PauseState(in.getNumber(), in.getNumber());
  }
}
