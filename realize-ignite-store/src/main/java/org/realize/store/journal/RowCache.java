package org.realize.store.journal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The raw rows read or written last, bounded by bytes, in front of the tables; of a row that is not
 * there, that it is not. Thread-safe.
 *
 * <p>A row loaded from the tables must not enter the cache after a commit of the same row went past
 * it. So each key belongs to a stripe whose stamp changes once a commit of one of its rows can be
 * seen in the overlay, which is before the row reaches the tables and this cache. Who loads takes
 * the stamp first, then looks into the overlay, then loads; the row enters only if the stamp is
 * still the same, decided atomically with the entry. If it is, then the commit has not even been
 * published, and its own {@link #replace} still comes; if it is not, the row may be old and is only
 * handed to the caller, who began before the commit.
 */
final class RowCache {
  private static final int STRIPES = 4096;
  private static final int ENTRY_OVERHEAD_BYTES = 160;

  private final Cache<RowKey, RowBatch.Cell> rows;
  private final AtomicIntegerArray stamps = new AtomicIntegerArray(STRIPES);

  /** A cache of at most this many bytes, the overhead of the entries included. */
  RowCache(long maxBytes) {
    this.rows =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher((RowKey key, RowBatch.Cell row) -> ENTRY_OVERHEAD_BYTES + row.length())
            .executor(Runnable::run)
            .build();
  }

  /** The stamp to take before the overlay is asked. */
  int stamp(RowKey key) {
    return stamps.get(stripe(key));
  }

  /** The row from the cache, else loaded and kept if nothing went past it since the stamp. */
  byte @Nullable [] get(RowKey key, int stamp, Function<RowKey, byte @Nullable []> load) {
    RowBatch.Cell cached = rows.getIfPresent(key);
    if (cached != null) {
      return cached.value;
    }
    RowBatch.Cell loaded = new RowBatch.Cell(load.apply(key));
    rows.asMap()
        .compute(
            key,
            (same, present) -> {
              if (present != null) {
                return present;
              }
              return stamps.get(stripe(key)) == stamp ? loaded : null;
            });
    return loaded.value;
  }

  /** Notes that a commit of this row can now be seen in the overlay. */
  void published(RowKey key) {
    stamps.incrementAndGet(stripe(key));
  }

  /** Replaces what is held, after the row was applied and before the overlay forgets it. */
  void replace(RowKey key, RowBatch.Cell row) {
    rows.put(key, row);
  }

  /** Drops all rows of an arena. */
  void forget(int arena) {
    rows.asMap().keySet().removeIf(key -> key.arena() == arena);
  }

  private static int stripe(RowKey key) {
    int hash = key.hashCode();
    return (hash ^ (hash >>> 16)) & (STRIPES - 1);
  }
}
