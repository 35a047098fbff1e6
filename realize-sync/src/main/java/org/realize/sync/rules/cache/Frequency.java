package org.realize.sync.rules.cache;

/** The counting, aging and comparison of uses. */
final class Frequency {

  /** The unit of sizes and uses. */
  static final int UNIT_BYTES = 128 << 10;

  /** A generation ends when this many times the cache's capacity was served. */
  static final int WINDOW_FACTOR = 16;

  private Frequency() {}

  /** Units begun by {@code bytes}; an empty blob takes one too. */
  static long units(long bytes) {
    return Math.max(1, Math.ceilDiv(bytes, (long) UNIT_BYTES));
  }

  /** Units served until a generation ends. */
  static long window(long capacityBytes) {
    return WINDOW_FACTOR * units(capacityBytes);
  }

  /** A count that is {@code generations} old: halved that often. */
  static int aged(int uses, int generations) {
    return uses >> Math.min(generations, Integer.SIZE - 1);
  }

  /**
   * Whether what was read {@code candidate} times over may displace what was read {@code victims}
   * times over, by its uses per unit of size. {@link CachePolicy} says why.
   */
  static boolean outdoes(double candidate, double victims) {
    return victims <= 1 ? candidate >= 2 : candidate > victims + 1;
  }
}
