package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;

/**
 * The pause of the work that one arena's marks ask for, by the user or by a schedule. The user's
 * one holds until its end, also if the process starts again. A file that is being fetched when it
 * begins stops at the next block, and is resumed; a small change that is under way is finished.
 * Thread-safe.
 */
public final class UserPause {

  private static final Rows<PauseState> STATE =
      Rows.of("sync.pause", 1, PauseState::encode, PauseState::decode);

  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  /** The calls at both ends of the user's pause, each of which returns at once. */
  record PauseEffects(Runnable begin, Runnable end) {}

  private final ArenaStore store;
  private final TimeSource time;
  private final PauseSchedule schedule;
  private final PauseEffects effects;
  private volatile PauseState state;

  /**
   * The pause as it was stored.
   *
   * @param effects called when it begins, and when it ends before its time
   */
  UserPause(ArenaStore store, TimeSource time, PauseSchedule schedule, PauseEffects effects)
      throws RealizeException {
    this.store = store;
    this.time = time;
    this.schedule = schedule;
    this.effects = effects;
    state = store.read(reader -> reader.row(STATE)).orElse(PauseState.NONE);
  }

  /** Begins a pause, or moves its end; {@link PauseState#FOR_EVER} for none. */
  public void begin(long endMillis) throws RealizeException {
    put(PauseState.begun(endMillis));
    effects.begin().run();
  }

  /** Ends the pause; one of the schedule does not begin again before its time. */
  public void end() throws RealizeException {
    put(PauseState.ended(time.unixMillis(), schedule));
    effects.end().run();
  }

  private void put(PauseState next) throws RealizeException {
    store.write(writer -> {
      writer.putRow(STATE, next);
    });
    state = next;
  }

  /** The end in Unix milliseconds; empty while there is no pause. */
  public Optional<Long> until() {
    return state.until(time.unixMillis(), schedule);
  }

  /** The time until a job is to ask again; empty while there is no pause. */
  Optional<Duration> left() {
    return until()
        .map(end -> Math.min(end - time.unixMillis(), LONGEST_WAIT.toMillis()))
        .map(Duration::ofMillis);
  }
}
