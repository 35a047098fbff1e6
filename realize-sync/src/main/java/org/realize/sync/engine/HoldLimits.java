package org.realize.sync.engine;

import java.time.Duration;

/**
 * The limits of the earlier contents that an arena's paths hold.
 *
 * @param paths how many of them hold a blob
 * @param bytes in all held blobs
 * @param age the longest that a blob is held
 */
public record HoldLimits(int paths, long bytes, Duration age) {

  public static final HoldLimits DEFAULT = new HoldLimits(2_000, 16L << 30, Duration.ofDays(30));

  public HoldLimits {
    if (paths < 0 || bytes < 0 || age.isNegative()) {
      throw new IllegalArgumentException("limits below 0");
    }
  }
}
