package org.realize.nima.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whole hours of a day, written as {@code 8-18}: from 8:00 until just before 18:00. {@code 22-6}
 * passes midnight.
 *
 * @param from 0 to 23
 * @param to 0 to 24, another than {@code from}
 */
public record Hours(int from, int to) {

  /** The whole day. */
  static final Hours ALL = new Hours(0, 24);

  private static final Pattern VALID = Pattern.compile("([0-9]{1,2})-([0-9]{1,2})");

  public Hours {
    if (from < 0 || from > 23 || to < 0 || to > 24 || from == to) {
      throw wrong(from + "-" + to);
    }
  }

  /** Throws {@link IllegalArgumentException} when {@code text} is no such thing. */
  static Hours parse(String text) {
    Matcher parts = VALID.matcher(text);
    if (!parts.matches()) {
      throw wrong(text);
    }
    return new Hours(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException("'" + text + "' are no hours, such as 8-18, 22-6 or 0-24");
  }

  boolean passMidnight() {
    return from > to;
  }
}
