package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PauseTimesTest {

  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

  private static PauseTimes times(String... daysAndHours) {
    List<WeeklyHours> all =
        List.of(daysAndHours).stream()
            .map(text -> text.split(" "))
            .map(two -> new WeeklyHours(Weekdays.parse(two[0]), Hours.parse(two[1])))
            .toList();
    return new PauseTimes(all);
  }

  /** A day of January 2026, whose 5th is a Monday, or of another month. */
  private static Instant at(int month, int day, int hour, int minute) {
    return LocalDateTime.of(2026, month, day, hour, minute).atZone(ZONE).toInstant();
  }

  @Test
  void end_rowsThatFollowEachOther_isThatOfTheLast() {
    PauseTimes times = times("mon-fri 8-12", "mon-tue 12-18", "sun 0-24");

    assertThat(times.end(at(1, 5, 7, 59), ZONE)).isEmpty();
    assertThat(times.end(at(1, 5, 8, 0), ZONE)).contains(at(1, 5, 18, 0));
    assertThat(times.end(at(1, 7, 8, 30), ZONE)).contains(at(1, 7, 12, 0));
    assertThat(times.end(at(1, 11, 1, 0), ZONE)).contains(at(1, 12, 0, 0));
  }

  @Test
  void end_nightOfASpringDay_isByTheClockOnTheWall() {
    PauseTimes times = times("sat 22-6");

    assertThat(times.end(at(3, 28, 23, 15), ZONE)).contains(at(3, 29, 6, 0));
    assertThat(times.end(at(3, 29, 6, 0), ZONE)).isEmpty();
    assertThat(times.nextChange(at(3, 28, 23, 15), ZONE)).isEqualTo(at(3, 29, 0, 0));
  }

  @Test
  void end_allHours_isNever_andOfNone_empty() {
    assertThat(times("mon-sun 0-24").end(at(1, 5, 3, 0), ZONE)).isEqualTo(Optional.of(Instant.MAX));
    assertThat(PauseTimes.NONE.end(at(1, 5, 3, 0), ZONE)).isEmpty();
    assertThat(PauseTimes.NONE.nextChange(at(1, 5, 3, 0), ZONE)).isEqualTo(Instant.MAX);
  }
}
