package org.realize.store.journal;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A journal in memory that can be held up and made to fail, and that counts its flushes. */
final class MemoryJournal implements JournalTable {
  private final ConcurrentSkipListMap<Long, byte[]> rows = new ConcurrentSkipListMap<>();
  private final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);
  private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicInteger putsBeforeFailure = new AtomicInteger();

  /** Takes over what another has written. */
  void copy(MemoryJournal from) {
    rows.putAll(from.rows);
  }

  @Override
  public SortedMap<Long, byte[]> all() {
    return new TreeMap<>(rows);
  }

  @Override
  public void prepare(long bytes, boolean isVital) {}

  @Override
  public void put(long sequence, byte[] row) {
    gate.acquireUninterruptibly();
    gate.release();
    RuntimeException thrown = failure.get();
    if (thrown != null && putsBeforeFailure.getAndDecrement() <= 0) {
      throw thrown;
    }
    rows.put(sequence, row);
  }

  @Override
  public void remove(long first, long last) {
    rows.subMap(first, true, last, true).clear();
  }

  @Override
  public void flush() {
    flushes.incrementAndGet();
  }

  ConcurrentSkipListMap<Long, byte[]> rows() {
    return rows;
  }

  int flushes() {
    return flushes.get();
  }

  /** Holds up the next puts. */
  void hold() {
    gate.drainPermits();
  }

  /** Lets held puts go on. */
  void release() {
    gate.release(Integer.MAX_VALUE / 2);
  }

  /** Fails every put after the next {@code puts} ones. */
  void failAfter(int puts, RuntimeException thrown) {
    putsBeforeFailure.set(puts);
    failure.set(thrown);
  }
}
