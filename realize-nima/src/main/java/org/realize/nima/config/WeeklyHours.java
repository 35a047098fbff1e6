package org.realize.nima.config;

import java.time.DayOfWeek;
import java.time.LocalDateTime;

/** Some hours of some days of each week, by what the clocks on the wall show. */
public record WeeklyHours(Weekdays days, Hours hours) {

  /** Hours after midnight belong to the day on which these hours began. */
  boolean covers(LocalDateTime local) {
    DayOfWeek today = local.getDayOfWeek();
    int hour = local.getHour();
    if (!hours.passMidnight()) {
      return days.contains(today) && hour >= hours.from() && hour < hours.to();
    }
    return (days.contains(today) && hour >= hours.from())
        || (days.contains(today.minus(1)) && hour < hours.to());
  }
}
