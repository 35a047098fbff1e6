package org.realize.nima.config;

import java.util.Optional;
import java.util.function.LongUnaryOperator;
import org.realize.sync.rules.CacheLimits;

/**
 * Bounds of an arena's cache.
 *
 * @param max the most that it may hold
 * @param leave what it must leave free on its file system
 * @param scrub how fast what it holds is read again and again, to find what has changed on the
 *     disk; empty for never
 */
public record CacheSettings(
    Optional<CacheLimit> max, Optional<CacheLimit> leave, Optional<Rate> scrub) {

  /** How fast a cache is read again when nothing is said. */
  public static final Optional<Rate> USUAL_SCRUB = Optional.of(Rate.parse("10M"));

  /** Of a cache of which nothing is said. */
  public static final CacheSettings NONE =
      new CacheSettings(Optional.empty(), Optional.empty(), USUAL_SCRUB);

  /** A rate, or {@code off}; throws {@link IllegalArgumentException}. */
  static Optional<Rate> scrub(String text) {
    if (text.equals("off")) {
      return Optional.empty();
    }
    Rate rate = Rate.parse(text);
    if (rate.isUnlimited()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no rate to scrub at, such as 10M; or off");
    }
    return Optional.of(rate);
  }

  /** What they come to; where nothing is said, a part of the file system is left free. */
  public CacheLimits limits() {
    return new CacheLimits(
        max.<LongUnaryOperator>map(limit -> limit::bytesOf).orElse(CacheLimits.NO_MAX),
        leave.<LongUnaryOperator>map(limit -> limit::bytesOf).orElse(CacheLimits.USUAL_LEAVE));
  }
}
