package org.realize.nima.config;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;

/**
 * Rates by weekday and hour; the first row that covers a moment holds. It goes by what the clocks
 * on the wall show: an hour that is skipped in spring is missing, one that comes twice in autumn
 * counts twice.
 */
public record Timetable(List<Row> rows) {

  /** Holds nothing. */
  public static final Timetable EMPTY = new Timetable(List.of());

  /** One row for each hour of the week suffices for anything. */
  static final int MAX_ROWS = 7 * 24;

  public Timetable {
    rows = List.copyOf(rows);
  }

  /**
   * A rule of the timetable for some hours of some days.
   *
   * @param up absent: as without this timetable
   * @param down likewise
   */
  public record Row(Weekdays days, Hours hours, Optional<Rate> up, Optional<Rate> down) {

    boolean covers(LocalDateTime local) {
      return new WeeklyHours(days, hours).covers(local);
    }
  }

  /** The row that holds when the clocks on the wall show {@code local}. */
  Optional<Row> at(LocalDateTime local) {
    return rows.stream().filter(row -> row.covers(local)).findFirst();
  }
}
