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
 * process starts again; what is under way when it begins is finished. Thread-safe.
 */
public final class UserPause {

  /** The pause that only {@link #end} ends. */
  public static final long FOR_EVER = Long.MAX_VALUE;

  /** The end of the pause in Unix milliseconds. */
  private static final Rows<Long> UNTIL =
      Rows.of("sync.paused", 1, RowEncoder::putNumber, RowDecoder::getNumber);

  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final ArenaStore store;
  private final TimeSource time;
  private final Runnable wake;
  private volatile long untilMillis;

  /**
   * The pause as it was stored.
   *
   * @param wake called when it ends before its time
   */
  UserPause(ArenaStore store, TimeSource time, Runnable wake) throws RealizeException {
    this.store = store;
    this.time = time;
    this.wake = wake;
    untilMillis = store.read(reader -> reader.row(UNTIL)).orElse(0L);
  }

  /** Begins a pause, or moves its end. */
  public void begin(long endMillis) throws RealizeException {
    store.write(writer -> {
      writer.putRow(UNTIL, endMillis);
    });
    untilMillis = endMillis;
  }

  /** Ends the pause. */
  public void end() throws RealizeException {
    store.write(writer -> {
      writer.removeRow(UNTIL);
    });
    untilMillis = 0;
    wake.run();
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
