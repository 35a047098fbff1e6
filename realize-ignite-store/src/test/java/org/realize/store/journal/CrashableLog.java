package org.realize.store.journal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * A journal and tables in memory that die at a chosen step: before or after a journal row is
 * written, before, in the middle of or after a batch is applied. Thread-safe.
 */
public final class CrashableLog {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MemoryJournal journal = new MemoryJournal();
  private final MemoryTables tables = new MemoryTables();
  private final AtomicInteger stepsLeft = new AtomicInteger(Integer.MAX_VALUE);

  /** The process is dead: nothing more is written. */
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Death() {
      super("killed by the test");
    }
  }

  /** Lets this many more steps pass. */
  public void dieAfter(int steps) {
    stepsLeft.set(steps);
  }

  /** Whether a log opened before has died. */
  public boolean isDead() {
    return stepsLeft.get() <= 0;
  }

  /** The spaces of arenas, which are made and removed at once. */
  public Spaces spaces() {
    return tables;
  }

  /** Starts a process on what the last one left. */
  public CommitLog open() throws RealizeException {
    stepsLeft.set(Integer.MAX_VALUE);
    return new CommitLog(new DyingJournal(), new DyingTables(), Durability.OS, 1 << 20, e -> {});
  }

  /** Waits until everything submitted is applied, or the process is dead. */
  public static void settle(CommitLog log) throws RealizeException {
    log.settle(LIMIT);
  }

  private void step() {
    if (stepsLeft.getAndUpdate(left -> left == Integer.MAX_VALUE ? left : left - 1) <= 0) {
      throw new Death();
    }
  }

  private final class DyingJournal implements JournalTable {
    @Override
    public SortedMap<Long, byte[]> all() {
      return journal.all();
    }

    @Override
    public void put(long sequence, byte[] row) {
      step();
      journal.put(sequence, row);
      step();
    }

    @Override
    public void remove(long first, long last) {
      step();
      journal.remove(first, last);
    }

    @Override
    public void flush() {
      step();
    }
  }

  private final class DyingTables implements Tables {
    @Override
    public byte @Nullable [] get(RowKey key) {
      return tables.get(key);
    }

    @Override
    public void apply(Map<RowKey, Rows.Cell> rows) {
      step();
      Map<RowKey, Rows.Cell> half = new LinkedHashMap<>();
      for (Map.Entry<RowKey, Rows.Cell> row : rows.entrySet()) {
        if (half.size() < rows.size() / 2) {
          half.put(row.getKey(), row.getValue());
        }
      }
      tables.apply(half);
      step();
      tables.apply(rows);
      step();
    }
  }
}
