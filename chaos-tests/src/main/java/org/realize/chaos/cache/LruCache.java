package org.realize.chaos.cache;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** A cache that evicts the least recently used. */
final class LruCache implements SimulatedCache {

  private final Map<Integer, Long> blobs = new LinkedHashMap<>(16, 0.75f, true);
  private final long capacityBytes;
  private long usedBytes;

  LruCache(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  @Override
  public boolean request(int blob, long bytes) {
    if (blobs.get(blob) != null) {
      return true;
    }
    if (bytes <= capacityBytes) {
      blobs.put(blob, bytes);
      usedBytes += bytes;
      Iterator<Long> coldest = blobs.values().iterator();
      while (usedBytes > capacityBytes) {
        usedBytes -= coldest.next();
        coldest.remove();
      }
    }
    return false;
  }
}
