package org.realize.store.journal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * A journal and tables in memory whose process dies at a chosen step: before or after a journal row
 * is written, before, in the middle of or after a batch is applied. Every other death takes back
 * what was applied since the tables were last flushed. What the next process finds is final:
 * threads that the dead one left behind write nothing any more. Thread-safe.
 */
public final class CrashableLog {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MemoryJournal journal = new MemoryJournal();
  private final MemoryTables tables = new MemoryTables();

  /** Guarded by this: the rows that were applied since the last flush, as they were before. */
  private final Map<RowKey, RowBatch.Cell> unflushed = new LinkedHashMap<>();

  /** Guarded by this. */
  private int lives;

  /** Guarded by this. */
  private Life current = new Life();

  /** The process is dead: nothing more is written. */
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Death() {
      super("killed by the test");
    }
  }

  /** One process. Guarded by the log. */
  private static final class Life {
    private int stepsLeft = Integer.MAX_VALUE;

    void step() {
      if (stepsLeft <= 0) {
        throw new Death();
      }
      if (stepsLeft < Integer.MAX_VALUE) {
        stepsLeft--;
      }
    }
  }

  /** Another machine on which the same was written; the process opened last may go on here. */
  public synchronized CrashableLog copy() {
    CrashableLog copy = new CrashableLog();
    copy.journal.copy(journal);
    copy.tables.copy(tables);
    copy.unflushed.putAll(unflushed);
    return copy;
  }

  /** Lets the process opened last take this many more steps. */
  public synchronized void dieAfter(int steps) {
    current.stepsLeft = steps;
  }

  /** Whether the process opened last has died. */
  public synchronized boolean isDead() {
    return current.stepsLeft <= 0;
  }

  /** The spaces of arenas, which are made and removed at once. */
  public Spaces spaces() {
    return tables;
  }

  /** Ends the process that was opened last and starts one on what it left. */
  public CommitLog open() throws RealizeException {
    Life life = begin();
    return new CommitLog(
        new DyingJournal(life),
        new DyingTables(life),
        Durability.OS,
        1 << 20,
        e -> {},
        MemoryRoom.ample());
  }

  private synchronized Life begin() {
    current.stepsLeft = 0;
    if (lives++ % 2 == 0) {
      tables.apply(unflushed);
    }
    unflushed.clear();
    current = new Life();
    return current;
  }

  /** Waits until everything submitted is applied, or the process is dead. */
  public static void settle(CommitLog log) throws RealizeException {
    log.settle(LIMIT);
  }

  /** Takes a step and, unless that is death, has its effect as one with it. */
  private synchronized void step(Life life, Runnable effect) {
    life.step();
    effect.run();
  }

  private final class DyingJournal implements JournalTable {
    private final Life life;

    DyingJournal(Life life) {
      this.life = life;
    }

    @Override
    public SortedMap<Long, byte[]> all() {
      return journal.all();
    }

    @Override
    public void prepare(long bytes, boolean isVital) {}

    @Override
    public void put(long sequence, byte[] row) {
      step(life, () -> journal.put(sequence, row));
      step(life, () -> {});
    }

    @Override
    public void remove(long first, long last) {
      step(life, () -> journal.remove(first, last));
    }

    @Override
    public void flush() {
      step(life, () -> {});
    }
  }

  private final class DyingTables implements Tables {
    private final Life life;

    DyingTables(Life life) {
      this.life = life;
    }

    @Override
    public byte @Nullable [] get(RowKey key) {
      return tables.get(key);
    }

    @Override
    public void apply(Map<RowKey, RowBatch.Cell> rows) {
      Map<RowKey, RowBatch.Cell> half = new LinkedHashMap<>();
      for (Map.Entry<RowKey, RowBatch.Cell> row : rows.entrySet()) {
        if (half.size() < rows.size() / 2) {
          half.put(row.getKey(), row.getValue());
        }
      }
      step(life, () -> applyUnflushed(half));
      step(life, () -> applyUnflushed(rows));
      step(life, () -> {});
    }

    private void applyUnflushed(Map<RowKey, RowBatch.Cell> rows) {
      for (RowKey key : rows.keySet()) {
        if (!unflushed.containsKey(key)) {
          unflushed.put(key, new RowBatch.Cell(tables.get(key)));
        }
      }
      tables.apply(rows);
    }

    @Override
    public void flush() {
      step(life, unflushed::clear);
    }
  }
}
