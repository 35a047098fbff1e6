package org.realize.nima.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A length of time as the configuration writes it: {@code 500ms}, {@code 3s}, {@code 2 min}. */
public final class Period {

  private static final Pattern VALID = Pattern.compile("([0-9]{1,9}) *(ms|s|min|h|d)");

  private Period() {}

  /** Throws {@link IllegalArgumentException} when {@code text} is no length of time. */
  public static Duration parse(String text) {
    Matcher parts = VALID.matcher(text.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no length of time, such as 500ms, 3s, 2min, 1h or 30d");
    }
    long count = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "min" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
