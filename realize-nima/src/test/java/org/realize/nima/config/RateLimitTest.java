package org.realize.nima.config;

import static java.time.DayOfWeek.FRIDAY;
import static java.time.DayOfWeek.MONDAY;
import static java.time.DayOfWeek.SATURDAY;
import static java.time.DayOfWeek.SUNDAY;
import static java.time.DayOfWeek.THURSDAY;
import static java.time.DayOfWeek.TUESDAY;
import static java.time.DayOfWeek.WEDNESDAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {

  private static final long SEED = 8_318;
  private static final int WEEK_HOURS = 7 * 24;

  /** A Monday, 0:00. */
  private static final LocalDateTime WEEK = LocalDateTime.of(2026, 1, 5, 0, 0);

  private static final Rate UP = Rate.parse("2M");
  private static final Rate DOWN = Rate.parse("10M");
  private static final Rate SLOW = Rate.parse("512K");
  private static final Rates BASE = new Rates(UP, DOWN);

  private static Timetable.Row row(String days, String hours, String up, String down) {
    return new Timetable.Row(Weekdays.parse(days), Hours.parse(hours), rate(up), rate(down));
  }

  private static Optional<Rate> rate(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(Rate.parse(text));
  }

  private static RateLimit limit(Timetable.Row... rows) {
    return new RateLimit(BASE, new Timetable(Arrays.asList(rows)));
  }

  @Test
  void weekdays_lists_areTheirDays() {
    assertThat(Weekdays.parse("mon").days()).isEqualTo(Set.of(MONDAY));
    assertThat(Weekdays.parse("mon-fri").days())
        .isEqualTo(Set.of(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY));
    assertThat(Weekdays.parse("sat,sun").days()).isEqualTo(Set.of(SATURDAY, SUNDAY));
    assertThat(Weekdays.parse("sat, mon-tue ,mon").days())
        .isEqualTo(Set.of(SATURDAY, MONDAY, TUESDAY));
    assertThat(Weekdays.parse("fri-mon").days())
        .isEqualTo(Set.of(FRIDAY, SATURDAY, SUNDAY, MONDAY));
    assertThat(Weekdays.parse("wed-wed").days()).isEqualTo(Set.of(WEDNESDAY));
    assertThat(Weekdays.parse("tue-mon")).isEqualTo(Weekdays.ALL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ",", "mon,", "mon-", "-fri", "mon-tue-wed", "Mon", "monday", "1-5", "mon fri"})
  void weekdays_noDays_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Weekdays.parse(text))
        .withMessage("'" + text + "' are no days, such as mon, mon-fri or sat,sun");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "8", "8-", "-18", "8-8", "24-6", "8-25", "8:00-18:00", "8 - 18", "0-0"})
  void hours_noHours_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hours.parse(text))
        .withMessage("'" + text + "' are no hours, such as 8-18, 22-6 or 0-24");
  }

  /** Every pair of hours on seeded sets of days, against a week that is filled hour by hour. */
  @Test
  void covers_everyHourOfTheWeek_isAsFilledIn() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int from = 0; from < 24; from++) {
      for (int to = 0; to <= 24; to++) {
        if (from != to) {
          Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
          for (DayOfWeek day : DayOfWeek.values()) {
            if (random.nextBoolean()) {
              days.add(day);
            }
          }
          assertCovers(days, from, to);
          assertCovers(EnumSet.of(DayOfWeek.of(random.nextInt(1, 8))), from, to);
        }
      }
    }
  }

  private static void assertCovers(Set<DayOfWeek> days, int from, int to) {
    BitSet filled = new BitSet();
    for (DayOfWeek day : days) {
      int length = Math.floorMod(to - from, 24) == 0 ? 24 : Math.floorMod(to - from, 24);
      for (int hour = 0; hour < length; hour++) {
        filled.set(((day.getValue() - 1) * 24 + from + hour) % WEEK_HOURS);
      }
    }
    Timetable.Row row =
        new Timetable.Row(
            new Weekdays(days), new Hours(from, to), Optional.empty(), Optional.empty());
    for (int hour = 0; hour < WEEK_HOURS; hour++) {
      LocalDateTime first = WEEK.plusHours(hour);
      for (LocalDateTime moment : List.of(first, first.plusHours(1).minusNanos(1))) {
        assertThat(row.covers(moment))
            .as("seed %d: %s %d-%d at %s", SEED, days, from, to, moment)
            .isEqualTo(filled.get(hour));
      }
    }
  }

  @Test
  void at_noRow_isTheBase() {
    for (int hour = 0; hour < WEEK_HOURS; hour++) {
      assertThat(limit().at(WEEK.plusHours(hour))).isEqualTo(BASE);
      assertThat(RateLimit.NONE.at(WEEK.plusHours(hour))).isEqualTo(Rates.UNLIMITED);
    }
  }

  @Test
  void at_rowWithOneKey_leavesTheOtherAsItWas() {
    LocalDateTime noon = WEEK.plusHours(12);
    assertThat(limit(row("mon-fri", "8-18", "512K", "")).at(noon)).isEqualTo(new Rates(SLOW, DOWN));
    assertThat(limit(row("mon-fri", "8-18", "", "512K")).at(noon)).isEqualTo(new Rates(UP, SLOW));
    assertThat(limit(row("mon-fri", "8-18", "0", "")).at(noon))
        .isEqualTo(new Rates(Rate.UNLIMITED, DOWN));
  }

  /** Both orders: the first of two that cover a moment holds, whole. */
  @Test
  void at_twoRowsAtOnce_theFirstHolds() {
    Timetable.Row up = row("mon", "8-18", "512K", "");
    Timetable.Row down = row("mon-fri", "0-24", "", "64K");
    LocalDateTime noon = WEEK.plusHours(12);
    assertThat(limit(up, down).at(noon)).isEqualTo(new Rates(SLOW, DOWN));
    assertThat(limit(down, up).at(noon)).isEqualTo(new Rates(UP, Rate.parse("64K")));
    // Where the first is silent, the second speaks.
    LocalDateTime evening = WEEK.plusHours(20);
    assertThat(limit(up, down).at(evening)).isEqualTo(new Rates(UP, Rate.parse("64K")));
  }

  @Test
  void at_rowOverMidnight_belongsToTheDayItBeganOn() {
    RateLimit limit = limit(row("fri", "22-6", "512K", ""));
    LocalDateTime friday = WEEK.plusDays(4);
    assertThat(limit.at(friday.plusHours(5)).up()).isEqualTo(UP);
    assertThat(limit.at(friday.plusHours(22).minusNanos(1)).up()).isEqualTo(UP);
    assertThat(limit.at(friday.plusHours(22)).up()).isEqualTo(SLOW);
    assertThat(limit.at(friday.plusHours(30).minusNanos(1)).up()).isEqualTo(SLOW);
    assertThat(limit.at(friday.plusHours(30)).up()).isEqualTo(UP);
    assertThat(limit.at(friday.plusHours(46)).up()).isEqualTo(UP);
    // From Sunday into Monday the week goes round.
    assertThat(limit(row("sun", "22-6", "512K", "")).at(WEEK.plusHours(3)).up()).isEqualTo(SLOW);
  }
}
