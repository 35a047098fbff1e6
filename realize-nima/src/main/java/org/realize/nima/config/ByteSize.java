package org.realize.nima.config;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, 0 or more, written as {@code 512 MiB} (units of 1024), {@code 1.5 GB} (units
 * of 1000) or {@code 4096}.
 */
public record ByteSize(long bytes) {

  private static final Pattern VALID =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,6})?) *([KMGTPkmgtp]?)(i?)B?");
  private static final String POWERS = "KMGTP";

  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes are below 0");
    }
  }

  /**
   * Reads a size, cut to whole bytes. Throws {@link IllegalArgumentException} when {@code text} is
   * no size below 2⁶³.
   */
  public static ByteSize parse(String text) {
    Matcher parts = VALID.matcher(text.strip());
    if (!parts.matches() || (parts.group(2).isEmpty() && !parts.group(3).isEmpty())) {
      throw new IllegalArgumentException("'" + text + "' is no size, such as 512 MiB or 20 GB");
    }
    BigDecimal unit = BigDecimal.valueOf(parts.group(3).isEmpty() ? 1000 : 1024);
    String prefix = parts.group(2).toUpperCase(Locale.ROOT);
    int power = prefix.isEmpty() ? 0 : POWERS.indexOf(prefix) + 1;
    BigDecimal bytes = new BigDecimal(parts.group(1)).multiply(unit.pow(power));
    if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("'" + text + "' is too large");
    }
    return new ByteSize(bytes.longValue());
  }

  /**
   * The size for people, rounded to one decimal in the largest fitting binary unit: {@code 1.5
   * GiB}; below 1 KiB in bytes: {@code 512 B}.
   */
  @Override
  public String toString() {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int power = 0;
    while (value >= 1023.95 && power < POWERS.length()) {
      value /= 1024;
      power++;
    }
    return String.format(Locale.ROOT, "%.1f %siB", value, POWERS.charAt(power - 1));
  }
}
