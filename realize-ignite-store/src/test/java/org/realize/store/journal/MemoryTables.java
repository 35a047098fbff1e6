package org.realize.store.journal;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Tables in memory that can be held up and made to fail; they outlive the log above them. */
final class MemoryTables implements Tables, Spaces {
  private final Set<Integer> arenas = ConcurrentHashMap.newKeySet();
  private final Map<RowKey, byte[]> rows = new ConcurrentHashMap<>();
  private final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

  /** Takes over what another has. */
  void copy(MemoryTables from) {
    arenas.addAll(from.arenas);
    rows.putAll(from.rows);
  }

  @Override
  public byte @Nullable [] get(RowKey key) {
    reads.incrementAndGet();
    return rows.get(key);
  }

  @Override
  public void apply(Map<RowKey, RowBatch.Cell> changes) {
    gate.acquireUninterruptibly();
    gate.release();
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
    changes.forEach((key, cell) -> {
      if (cell.value == null) {
        rows.remove(key);
      } else {
        rows.put(key, cell.value);
      }
    });
  }

  @Override
  public void flush() {
    flushes.incrementAndGet();
  }

  /** How often what was applied was made durable. */
  int flushes() {
    return flushes.get();
  }

  @Override
  public void createArena(int arena) {
    arenas.add(arena);
  }

  @Override
  public boolean hasArena(int arena) {
    return arenas.contains(arena);
  }

  @Override
  public void destroyArena(int arena) {
    arenas.remove(arena);
    rows.keySet().removeIf(key -> key.arena() == arena);
  }

  int size() {
    return rows.size();
  }

  /** How many rows were asked for. */
  int reads() {
    return reads.get();
  }

  /** Holds up the next batches. */
  void hold() {
    gate.drainPermits();
  }

  /** Lets held batches go on. */
  void release() {
    gate.release(Integer.MAX_VALUE / 2);
  }

  /** Fails every batch from now on. */
  void failWith(RuntimeException thrown) {
    failure.set(thrown);
  }
}
