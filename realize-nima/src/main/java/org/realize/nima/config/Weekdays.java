package org.realize.nima.config;

import java.time.DayOfWeek;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Days of the week, written as {@code mon}, {@code mon-fri} or {@code sat,sun}. */
public record Weekdays(Set<DayOfWeek> days) {

  /** All seven. */
  static final Weekdays ALL = new Weekdays(EnumSet.allOf(DayOfWeek.class));

  private static final List<String> NAMES =
      List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");

  public Weekdays {
    days = Set.copyOf(days);
  }

  /** Throws {@link IllegalArgumentException} when {@code text} is no such thing. */
  static Weekdays parse(String text) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (String part : text.split(",", -1)) {
      String[] ends = part.strip().split("-", -1);
      DayOfWeek day = day(text, ends[0]);
      DayOfWeek last = day(text, ends[ends.length - 1]);
      if (ends.length > 2) {
        throw wrong(text);
      }
      days.add(day);
      while (day != last) { // the week goes round: fri-mon are four days
        day = day.plus(1);
        days.add(day);
      }
    }
    return new Weekdays(days);
  }

  private static DayOfWeek day(String text, String name) {
    int index = NAMES.indexOf(name);
    if (index < 0) {
      throw wrong(text);
    }
    return DayOfWeek.of(index + 1);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'" + text + "' are no days, such as mon, mon-fri or sat,sun");
  }

  boolean contains(DayOfWeek day) {
    return days.contains(day);
  }
}
