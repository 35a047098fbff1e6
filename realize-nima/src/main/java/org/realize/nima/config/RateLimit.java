package org.realize.nima.config;

import java.time.LocalDateTime;
import java.util.Optional;

/**
 * The {@code limit} of a {@code [[peer]]}: rates for its background traffic, and a timetable of
 * other ones.
 *
 * @param base what holds where the timetable says nothing
 */
public record RateLimit(Rates base, Timetable timetable) {

  /** No limit at any time. */
  public static final RateLimit NONE = new RateLimit(Rates.UNLIMITED, Timetable.EMPTY);

  /** What holds when the clocks on the wall show {@code local}. */
  public Rates at(LocalDateTime local) {
    Optional<Timetable.Row> row = timetable.at(local);
    return new Rates(
        row.flatMap(Timetable.Row::up).orElse(base.up()),
        row.flatMap(Timetable.Row::down).orElse(base.down()));
  }
}
