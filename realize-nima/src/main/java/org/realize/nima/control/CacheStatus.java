package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CacheReport;

/**
 * An arena's cache.
 *
 * @param cachedBytes verified bytes in it
 * @param report how full it is
 * @param hitsOfHour the part of the bytes read within the last hour that no peer had to send; null
 *     if nothing was read
 * @param hitsOfDay the same of the last day, or since the daemon's start
 * @param hottest files used most, the most used first
 * @param next files that go next, the first one first
 */
public record CacheStatus(
    ArenaName arena,
    long cachedBytes,
    CacheReport report,
    @Nullable Double hitsOfHour,
    @Nullable Double hitsOfDay,
    List<CachedFile> hottest,
    List<CachedFile> next) {

  public CacheStatus {
    hottest = List.copyOf(hottest);
    next = List.copyOf(next);
  }

  /**
   * A cached content.
   *
   * @param path one that shows it; its hash where none does
   * @param bytes on the disk
   * @param uses of 128 KiB each, halved now and then
   */
  public record CachedFile(String path, long bytes, BlobUse.Area area, long uses) {}
}
