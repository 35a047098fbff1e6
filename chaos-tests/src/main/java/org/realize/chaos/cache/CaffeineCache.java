package org.realize.chaos.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** Caffeine's W-TinyLFU with sizes as weights, which are in blocks of 4 KiB, to fit an int. */
final class CaffeineCache implements SimulatedCache {

  private static final long BLOCK = 4096;

  private final Cache<Integer, Integer> blocks;

  CaffeineCache(long capacityBytes) {
    blocks =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumWeight(capacityBytes / BLOCK)
            .weigher((Integer blob, Integer weight) -> weight)
            .build();
  }

  @Override
  public boolean request(int blob, long bytes) {
    if (blocks.getIfPresent(blob) != null) {
      return true;
    }
    blocks.put(blob, Math.toIntExact(Math.max(1, Math.ceilDiv(bytes, BLOCK))));
    return false;
  }
}
