package org.realize.sync.real;

import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;

/**
 * A clock of the time during which the daemon ran, over all its lives: what ages in a root are
 * counted in, so that a jump of the wall clock ages nothing. It continues from the last saved
 * value; what a kill loses counts as not observed. Thread-safe.
 */
public final class ObservedTime {
  private static final Rows<Long> SAVED =
      Rows.of("real.observed", 1, RowEncoder::putNumber, RowDecoder::getNumber);

  private final TimeSource time;
  private final long startNanos;
  private final long savedMillis;

  private ObservedTime(TimeSource time, long savedMillis) {
    this.time = time;
    this.startNanos = time.monotonicNanos();
    this.savedMillis = savedMillis;
  }

  /** The clock of an arena. */
  public static ObservedTime of(ArenaStore store, TimeSource time) throws RealizeException {
    Optional<Long> saved = store.read(reader -> reader.row(SAVED));
    return new ObservedTime(time, saved.orElse(0L));
  }

  /** A clock that begins now, where nothing is kept: no age outlives the process. */
  public static ObservedTime unsaved(TimeSource time) {
    return new ObservedTime(time, 0);
  }

  /** Milliseconds that the daemon has run. */
  public long millis() {
    return savedMillis + (time.monotonicNanos() - startNanos) / 1_000_000;
  }

  /** Saves the value with another commit. */
  public void save(ArenaWriter writer) throws RealizeException {
    writer.putRow(SAVED, millis());
  }
}
