package org.realize.sync.rules;

import java.util.function.LongUnaryOperator;
import org.realize.sync.port.DiskUsage;

/**
 * The limits of a cache.
 *
 * @param max bytes that it may hold at most, on a file system of so many bytes
 * @param leave bytes that it must leave free, on a file system of so many bytes
 */
public record CacheLimits(LongUnaryOperator max, LongUnaryOperator leave) {

  /** The share of a file system that a cache leaves free when nothing else is said. */
  private static final int LEAVE_PERCENT = 5;

  /** For a cache of which nothing is said: all but {@value #LEAVE_PERCENT} percent. */
  public static final LongUnaryOperator NO_MAX = _ -> Long.MAX_VALUE;

  public static final LongUnaryOperator USUAL_LEAVE = total -> total / 100 * LEAVE_PERCENT;

  /** No limit but the disk's own. */
  public static final CacheLimits NONE = new CacheLimits(NO_MAX, _ -> 0);

  /**
   * Bytes that the cache may hold in all, now that it holds {@code heldBytes}: what other programs
   * take of the disk, it has to give up.
   */
  public long capacityBytes(DiskUsage usage, long heldBytes) {
    long total = usage.totalBytes();
    long reachable = heldBytes + usage.availableBytes() - leave.applyAsLong(total);
    return Math.clamp(reachable, 0, max.applyAsLong(total));
  }
}
