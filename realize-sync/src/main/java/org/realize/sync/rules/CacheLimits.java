package org.realize.sync.rules;

import java.util.function.LongSupplier;
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

  /** The part of {@link #max} that files which count as cache leave to the cache itself. */
  private static final int CACHED_PART = 5;

  /** The limits of a cache beside {@code fileBytes} of files that count as cache. */
  public CacheLimits beside(LongSupplier fileBytes) {
    return new CacheLimits(
        total -> {
          long most = max.applyAsLong(total);
          return most == Long.MAX_VALUE ? most : Math.max(0, most - fileBytes.getAsLong());
        },
        leave);
  }

  /**
   * Bytes that files which count as cache have to give up, of {@code fileBytes}.
   *
   * @param leavingBytes of files that were given up and are not deleted yet
   */
  public long excessBytes(DiskUsage usage, long fileBytes, long leavingBytes) {
    long most = max.applyAsLong(usage.totalBytes());
    long over = fileBytes - (most - most / CACHED_PART);
    long missing = leave.applyAsLong(usage.totalBytes()) - usage.availableBytes() - leavingBytes;
    return Math.clamp(Math.max(over, missing), 0, fileBytes);
  }

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
