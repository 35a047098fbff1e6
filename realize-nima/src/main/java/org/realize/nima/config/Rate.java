package org.realize.nima.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bytes a second at most, written as {@code 512K}, {@code 2M} or {@code 1G}, in powers of 1024; 0
 * for no limit.
 */
public record Rate(long bytesPerSecond) {

  /** No limit. */
  public static final Rate UNLIMITED = new Rate(0);

  /** Below it no block of 128 KiB would come before the deadlines of downloads. */
  private static final long LEAST = 16 << 10;

  private static final Pattern VALID = Pattern.compile("([0-9]{1,9})([KMG]?)");
  private static final String UNITS = "KMG";

  public Rate {
    if (bytesPerSecond < 0 || (bytesPerSecond > 0 && bytesPerSecond < LEAST)) {
      throw new IllegalArgumentException(
          bytesPerSecond + " bytes a second are below the least limit, 16K; 0 is no limit");
    }
  }

  /** Throws {@link IllegalArgumentException} when {@code text} is no rate. */
  public static Rate parse(String text) {
    Matcher parts = VALID.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no rate in bytes a second, such as 512K or 2M; 0 is no limit");
    }
    int power = parts.group(2).isEmpty() ? 0 : UNITS.indexOf(parts.group(2)) + 1;
    return new Rate(Long.parseLong(parts.group(1)) << (10 * power));
  }

  public boolean isUnlimited() {
    return bytesPerSecond == 0;
  }

  /** As {@link #parse} reads it, in the largest unit that leaves no rest. */
  @Override
  public String toString() {
    long value = bytesPerSecond;
    int power = 0;
    while (value > 0 && value % 1024 == 0 && power < UNITS.length()) {
      value /= 1024;
      power++;
    }
    return power == 0 ? Long.toString(value) : value + UNITS.substring(power - 1, power);
  }
}
