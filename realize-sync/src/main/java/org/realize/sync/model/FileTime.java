package org.realize.sync.model;

/**
 * A moment of a file system, exact in every year: a count of nanoseconds alone would reach from
 * 1677 to 2262 only.
 *
 * @param seconds whole seconds since 1970 UTC, negative before
 * @param nanos the rest, from 0 to 999,999,999, always after {@code seconds}
 */
public record FileTime(long seconds, int nanos) {

  /** The start of 1970 UTC. */
  public static final FileTime EPOCH = new FileTime(0, 0);

  private static final int NANOS_PER_SECOND = 1_000_000_000;

  public FileTime {
    if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
      throw new IllegalArgumentException(nanos + " nanoseconds of a second");
    }
  }

  /** The moment {@code nanos} nanoseconds after 1970 UTC. */
  public static FileTime ofNanos(long nanos) {
    return new FileTime(
        Math.floorDiv(nanos, (long) NANOS_PER_SECOND), Math.floorMod(nanos, NANOS_PER_SECOND));
  }

  /** True if at most {@code distanceNanos} lie between the two moments. */
  public boolean isWithin(long distanceNanos, FileTime other) {
    long between = seconds - other.seconds;
    boolean overflown = ((seconds ^ other.seconds) & (seconds ^ between)) < 0;
    long most = distanceNanos / NANOS_PER_SECOND + 1;
    return !overflown
        && between >= -most
        && between <= most
        && Math.abs(between * NANOS_PER_SECOND + nanos - other.nanos) <= distanceNanos;
  }
}
