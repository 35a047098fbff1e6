package org.realize.store.journal;

import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.cache.Cache;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.IgniteException;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.pagemem.wal.IgniteWriteAheadLogManager;

/** The journal's rows in an atomic Ignite cache of one partition. */
final class IgniteJournal implements JournalTable {
  private static final String NAME = "journal";

  private final IgniteCache<Long, byte[]> rows;
  private final IgniteWriteAheadLogManager log;
  private final CleanPages pages;

  IgniteJournal(IgniteEx ignite, CleanPages pages) {
    this.pages = pages;
    this.rows = ignite.getOrCreateCache(NodeConfiguration.journal(NAME));
    this.log = Objects.requireNonNull(ignite.context().cache().context().wal());
  }

  @Override
  public SortedMap<Long, byte[]> all() {
    TreeMap<Long, byte[]> all = new TreeMap<>();
    for (Cache.Entry<Long, byte[]> row : rows) {
      all.put(row.getKey(), row.getValue());
    }
    return all;
  }

  @Override
  public void put(long sequence, byte[] row) {
    pages.await();
    rows.put(sequence, row);
  }

  @Override
  public void remove(long first, long last) {
    TreeSet<Long> keys = new TreeSet<>();
    for (long sequence = first; sequence <= last; sequence++) {
      keys.add(sequence);
    }
    pages.await();
    ForcedLog.deferring(() -> rows.removeAll(keys));
  }

  @Override
  public void flush() {
    try {
      log.flush(null, true);
    } catch (IgniteCheckedException e) {
      throw new IgniteException("could not flush the write-ahead log", e);
    }
  }
}
