package org.realize.store.journal;

import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock.ReadLock;
import org.jspecify.annotations.Nullable;

/**
 * The rows that are not applied yet, in two layers: <em>staged</em> rows, which only the next
 * writer of their arena sees, and <em>durable</em> ones, whose journal row is written and which
 * every reader sees.
 *
 * <p>Thread-safe. A batch becomes durable for all its rows at once: per arena a lock is held for
 * writing while its rows are published, which takes microseconds, and for reading by who needs
 * several rows of one commit. A reader may read again within.
 */
final class Overlay {
  private final ConcurrentHashMap<RowKey, RowBatch.Cell> staged = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<RowKey, RowBatch.Cell> durable = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, ReentrantReadWriteLock> locks =
      new ConcurrentHashMap<>();

  RowBatch.@Nullable Cell staged(RowKey key) {
    return staged.get(key);
  }

  RowBatch.@Nullable Cell durable(RowKey key) {
    return durable.get(key);
  }

  /** Shows the rows of a commit to the next writer. */
  void stage(Map<RowKey, RowBatch.Cell> rows) {
    staged.putAll(rows);
  }

  /** Shows a whole batch to every reader; {@code after} runs once its rows can be seen. */
  void publish(Map<RowKey, RowBatch.Cell> rows, Runnable after) {
    TreeSet<Integer> arenas = new TreeSet<>();
    for (RowKey key : rows.keySet()) {
      arenas.add(key.arena());
    }
    for (int arena : arenas) {
      lock(arena).writeLock().lock();
    }
    try {
      durable.putAll(rows);
      after.run();
    } finally {
      for (int arena : arenas) {
        lock(arena).writeLock().unlock();
      }
    }
  }

  /** Forgets a batch that is applied, unless newer rows took the place of its own. */
  void applied(Map<RowKey, RowBatch.Cell> merged, Collection<Map<RowKey, RowBatch.Cell>> commits) {
    merged.forEach(durable::remove);
    for (Map<RowKey, RowBatch.Cell> commit : commits) {
      commit.forEach(staged::remove);
    }
  }

  /** Runs a reader so that it sees every commit of the arena either whole or not at all. */
  <T extends @Nullable Object, E extends Exception> T readWhole(int arena, Reading<T, E> reader)
      throws E {
    ReadLock lock = lock(arena).readLock();
    lock.lock();
    try {
      return reader.run();
    } finally {
      lock.unlock();
    }
  }

  /** Whether this thread is within {@link #readWhole} of the arena. */
  boolean isReading(int arena) {
    return lock(arena).getReadHoldCount() > 0;
  }

  private ReentrantReadWriteLock lock(int arena) {
    return locks.computeIfAbsent(arena, ignored -> new ReentrantReadWriteLock());
  }
}
