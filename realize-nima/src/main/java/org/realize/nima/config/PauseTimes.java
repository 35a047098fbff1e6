package org.realize.nima.config;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/** The hours of each week for which an arena or a peer is paused. */
public record PauseTimes(List<WeeklyHours> hours) {

  /** Never paused. */
  public static final PauseTimes NONE = new PauseTimes(List.of());

  private static final int WEEK_HOURS = 7 * 24;

  public PauseTimes {
    hours = List.copyOf(hours);
  }

  /** The {@code pause} of an {@code [[arena]]} or a {@code [[peer]]} table. */
  static PauseTimes read(SettingsTable table) throws RealizeException.Invalid {
    List<WeeklyHours> hours = new ArrayList<>();
    for (SettingsTable row : table.tables("pause", "days", "hours")) {
      hours.add(
          new WeeklyHours(
              row.text("days", Weekdays::parse).orElse(Weekdays.ALL),
              row.text("hours", Hours::parse).orElse(Hours.ALL)));
    }
    if (hours.size() > Timetable.MAX_ROWS) {
      throw table.problem("pause", "has at most " + Timetable.MAX_ROWS + " rows");
    }
    return new PauseTimes(hours);
  }

  private boolean covers(ZonedDateTime at) {
    return hours.stream().anyMatch(each -> each.covers(at.toLocalDateTime()));
  }

  /**
   * The end of the pause that covers {@code now}, {@link Instant#MAX} if there is none in the week;
   * empty while nothing is paused.
   */
  public Optional<Instant> end(Instant now, ZoneId zone) {
    ZonedDateTime at = now.atZone(zone);
    if (hours.isEmpty() || !covers(at)) {
      return Optional.empty();
    }
    for (int hour = 0; hour <= WEEK_HOURS; hour++) {
      at = at.plusHours(1).truncatedTo(ChronoUnit.HOURS);
      if (!covers(at)) {
        return Optional.of(at.toInstant());
      }
    }
    return Optional.of(Instant.MAX);
  }

  /** The next full hour, at which a pause may begin or end; {@link Instant#MAX} without hours. */
  public Instant nextChange(Instant now, ZoneId zone) {
    return hours.isEmpty()
        ? Instant.MAX
        : now.atZone(zone).plusHours(1).truncatedTo(ChronoUnit.HOURS).toInstant();
  }
}
