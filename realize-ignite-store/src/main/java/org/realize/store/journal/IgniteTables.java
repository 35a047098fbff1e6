package org.realize.store.journal;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.IgniteException;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.pagemem.wal.IgniteWriteAheadLogManager;
import org.apache.ignite.transactions.Transaction;
import org.apache.ignite.transactions.TransactionConcurrency;
import org.apache.ignite.transactions.TransactionIsolation;
import org.jspecify.annotations.Nullable;

/** The rows in Ignite: one transactional cache per arena and one for the global rows. */
final class IgniteTables implements Tables {
  private static final String GLOBAL_NAME = "global";
  private static final String ARENA_PREFIX = "arena-";

  /**
   * What one transaction holds: Ignite logs it as one record, and stops for good at one that is
   * larger than its buffer, {@link NodeConfiguration#LOG_BUFFER_BYTES}.
   */
  private static final long TRANSACTION_BYTES = RowBatch.MAX_ROW_BYTES;

  /** What a row takes in that record beside its value, at the most. */
  private static final int RECORD_BYTES = 512;

  private final Ignite ignite;
  private final IgniteWriteAheadLogManager log;
  private final CleanPages pages;
  private final ConcurrentHashMap<Integer, IgniteCache<Object, byte[]>> caches =
      new ConcurrentHashMap<>();

  IgniteTables(IgniteEx ignite, CleanPages pages) {
    this.ignite = ignite;
    this.log = Objects.requireNonNull(ignite.context().cache().context().wal());
    this.pages = pages;
  }

  /** The keys and values of one cache within a transaction, in the order of the keys. */
  private record TableShare(TreeMap<Object, byte[]> puts, TreeSet<Object> removals) {
    TableShare() {
      this(new TreeMap<>(IgniteTables::compare), new TreeSet<>(IgniteTables::compare));
    }
  }

  /** Makes the cache of an arena, or of the global rows, if it is not there. */
  void create(int arena) {
    caches.put(arena, ignite.getOrCreateCache(NodeConfiguration.arena(name(arena))));
  }

  /** Whether the cache of an arena is there. */
  boolean exists(int arena) {
    return ignite.cacheNames().contains(name(arena));
  }

  /** Removes the cache of an arena with all its rows and files. */
  void destroy(int arena) {
    caches.remove(arena);
    ignite.destroyCache(name(arena));
  }

  @Override
  public byte @Nullable [] get(RowKey key) {
    return cache(key.arena()).get(key.stored());
  }

  @Override
  public void apply(Map<RowKey, RowBatch.Cell> rows) {
    Map<Integer, TableShare> shares = new HashMap<>();
    long bytes = 0;
    for (Map.Entry<RowKey, RowBatch.Cell> row : rows.entrySet()) {
      RowBatch.Cell cell = row.getValue();
      long size = (long) RECORD_BYTES + cell.length();
      if (bytes > 0 && bytes + size > TRANSACTION_BYTES) {
        commit(shares);
        shares = new HashMap<>();
        bytes = 0;
      }
      bytes += size;
      RowKey key = row.getKey();
      TableShare share = shares.computeIfAbsent(key.arena(), ignored -> new TableShare());
      if (cell.value == null) {
        share.removals().add(key.stored());
      } else {
        share.puts().put(key.stored(), cell.value);
      }
    }
    if (!shares.isEmpty()) {
      commit(shares);
    }
  }

  private void commit(Map<Integer, TableShare> shares) {
    pages.await();
    ForcedLog.deferring(() -> write(shares));
  }

  @Override
  public void flush() {
    try {
      log.flush(null, true);
    } catch (IgniteCheckedException e) {
      throw new IgniteException("could not flush the write-ahead log", e);
    }
  }

  private void write(Map<Integer, TableShare> shares) {
    try (Transaction transaction =
        ignite
            .transactions()
            .txStart(TransactionConcurrency.PESSIMISTIC, TransactionIsolation.REPEATABLE_READ)) {
      shares.forEach((arena, share) -> write(cache(arena), share.puts(), share.removals()));
      transaction.commit();
    }
  }

  private static void write(
      IgniteCache<Object, byte[]> cache, Map<Object, byte[]> puts, Set<Object> removals) {
    if (!puts.isEmpty()) {
      cache.putAll(puts);
    }
    if (!removals.isEmpty()) {
      cache.removeAll(removals);
    }
  }

  private IgniteCache<Object, byte[]> cache(int arena) {
    IgniteCache<Object, byte[]> known = caches.get(arena);
    if (known != null) {
      return known;
    }
    IgniteCache<Object, byte[]> stored = ignite.cache(name(arena));
    if (stored == null) {
      throw new IllegalStateException("there is no cache " + name(arena));
    }
    caches.put(arena, stored);
    return stored;
  }

  private static String name(int arena) {
    return arena == RowKey.GLOBAL ? GLOBAL_NAME : ARENA_PREFIX + arena;
  }

  /** Numbers before text, each in its own order. */
  private static int compare(Object one, Object other) {
    if (one instanceof Long number) {
      return other instanceof Long second ? Long.compare(number, second) : -1;
    }
    return other instanceof Long ? 1 : ((String) one).compareTo((String) other);
  }
}
