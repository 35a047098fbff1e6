package org.realize.sync.transfer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.StoreId;

/**
 * The peers that sent bad bytes of a content, and the time until which they are not asked for it.
 * Holds the latest {@value #MAX_ENTRIES}; guarded by its monitor.
 */
final class BadSources {

  private static final int MAX_ENTRIES = 10_000;

  private record PeerContent(ContentHash content, StoreId store) {}

  private final Map<PeerContent, Long> untilNanos =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PeerContent, Long> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  synchronized void put(ContentHash content, StoreId store, long until) {
    untilNanos.put(new PeerContent(content, store), until);
  }

  synchronized boolean contains(ContentHash content, StoreId store, long nowNanos) {
    if (untilNanos.isEmpty()) {
      return false;
    }
    Long until = untilNanos.get(new PeerContent(content, store));
    return until != null && until - nowNanos > 0;
  }

  /** True once for a peer that was listed: its bytes of this content are good again. */
  synchronized boolean clear(ContentHash content, StoreId store) {
    return !untilNanos.isEmpty() && untilNanos.remove(new PeerContent(content, store)) != null;
  }
}
