package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;

/**
 * The user's pause of the work that one arena's marks ask for. It holds until its end, also if the
 * process starts again. A file that is being fetched when it begins stops at the next block, and is
 * resumed; a small change that is under way is finished. Thread-safe.
 */
public final class UserPause {

  /** The pause that only {@link #end} ends. */
  public static final long FOR_EVER = Long.MAX_VALUE;

  /** The end of the pause in Unix milliseconds. */
  private static final Rows<Long> UNTIL =
      Rows.of("sync.paused", 1, RowEncoder::putNumber, RowDecoder::getNumber);

  /** The calls at both ends of a pause, each of which returns at once. */
  record PauseEffects(Runnable begin, Runnable end) {}

  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final ArenaStore store;
  private final TimeSource time;
  private final PauseEffects effects;
  private volatile long untilMillis;

  /**
   * The pause as it was stored.
   *
   * @param effects called when it begins, and when it ends before its time
   */
  UserPause(ArenaStore store, TimeSource time, PauseEffects effects) throws RealizeException {
    this.store = store;
    this.time = time;
    this.effects = effects;
    untilMillis = store.read(reader -> reader.row(UNTIL)).orElse(0L);
  }

  /** Begins a pause, or moves its end. */
  public void begin(long endMillis) throws RealizeException {
    store.write(writer -> {
      writer.putRow(UNTIL, endMillis);
    });
    untilMillis = endMillis;
    effects.begin().run();
  }

  /** Ends the pause. */
  public void end() throws RealizeException {
    store.write(writer -> {
      writer.removeRow(UNTIL);
    });
    untilMillis = 0;
    effects.end().run();
  }

  /** The end in Unix milliseconds; empty while there is no pause. */
  public Optional<Long> until() {
    long end = untilMillis;
    return end > time.unixMillis() ? Optional.of(end) : Optional.empty();
  }

  /** The time until a job is to ask again; empty while there is no pause. */
  Optional<Duration> left() {
    return until()
        .map(end -> Math.min(end - time.unixMillis(), LONGEST_WAIT.toMillis()))
        .map(Duration::ofMillis);
  }
}
