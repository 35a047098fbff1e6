package org.realize.store.journal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal: a gap-free sequence of rows, each a batch or a part of one, and the mark up to which
 * the tables hold them.
 *
 * <p>Ignite's transactions alone leave some rows of a commit behind when the process dies between
 * them. So a batch is first written here, as one row (or as several parts of which the last makes
 * it whole), and only then to the tables. Each row carries the highest sequence that was durable in
 * the tables when it was written: the mark. At open the highest mark counts; whole batches above it
 * are applied again, in order, which changes nothing where they already were; the last batch of a
 * process whose parts are not all there was never acknowledged and is dropped. Only rows at or
 * below a mark that a younger row carries are removed, so never the newest: the mark outlives them.
 *
 * <p>The tables are flushed for a new mark now and then, not for each batch. So that many rows or
 * bytes, beside what is not applied yet, are the most that a start applies again.
 *
 * <p>Threads: {@link #append} by the committer, {@link #applied} and {@link #trim} by the applier,
 * {@link #flush} and {@link #secure} by any.
 */
final class Journal {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  /** After so many rows, or bytes of batches, the tables are flushed and rows are removed. */
  private static final int TRIM_ROWS = 64;

  private static final long TRIM_BYTES = 16L << 20;

  private final JournalTable table;
  private final Tables tables;

  /** Of the committer. */
  private long sequence;

  private volatile long appliedThrough;

  /** What of it survives a power cut. */
  private final AtomicLong securedThrough = new AtomicLong();

  /** The highest mark that a written row carries. */
  private volatile long markWritten;

  /** Of the applier. */
  private long removedThrough;

  private long bytesSinceSecured;

  private final List<Unapplied> unapplied;

  /**
   * Whole batches that the tables may not hold yet, merged.
   *
   * @param bytes the size of the rows
   * @param sequence of the last row
   */
  record Unapplied(Map<RowKey, RowBatch.Cell> cells, long bytes, long sequence) {}

  /**
   * Opens the journal. What is {@linkplain #unapplied not applied} is to be applied before anything
   * else.
   *
   * @throws RealizeException.Corrupt if a row above the mark is damaged or missing
   */
  Journal(JournalTable table, Tables tables) throws RealizeException.Corrupt {
    this.table = table;
    this.tables = tables;
    SortedMap<Long, byte[]> stored = table.all();
    if (stored.isEmpty()) {
      unapplied = List.of();
      return;
    }
    TreeMap<Long, JournalRow> rows = new TreeMap<>();
    long mark = 0;
    for (Map.Entry<Long, byte[]> entry : stored.entrySet()) {
      JournalRow row = JournalRow.decode(entry.getValue());
      if (row.sequence() != entry.getKey()) {
        throw new RealizeException.Corrupt(
            "journal row " + entry.getKey() + " says " + row.sequence());
      }
      rows.put(entry.getKey(), row);
      mark = Math.max(mark, row.appliedThrough());
    }
    sequence = rows.lastKey();
    appliedThrough = mark;
    securedThrough.set(mark);
    removedThrough = rows.firstKey() - 1;
    unapplied = unapplied(rows, mark);
    if (!unapplied.isEmpty()) {
      LOG.info("{} rows of the journal are applied again", sequence - mark);
    }
  }

  /** What is to be applied again, in order. */
  List<Unapplied> unapplied() {
    return unapplied;
  }

  /** The whole batches above the mark, in order, as many in one as may be. */
  private static List<Unapplied> unapplied(NavigableMap<Long, JournalRow> rows, long mark)
      throws RealizeException.Corrupt {
    List<Unapplied> batches = new ArrayList<>();
    Map<RowKey, RowBatch.Cell> cells = new LinkedHashMap<>();
    long bytes = 0;
    long last = rows.lastKey();
    long next = mark + 1;
    while (next <= last) {
      List<JournalRow> parts = batchAt(rows, next);
      next += parts.size();
      if (parts.size() < parts.getFirst().parts()) {
        continue; // never acknowledged
      }
      for (JournalRow part : parts) {
        cells.putAll(part.cells());
        bytes += part.bytes();
      }
      if (bytes >= CommitQueue.MAX_BATCH_BYTES) {
        batches.add(new Unapplied(cells, bytes, next - 1));
        cells = new LinkedHashMap<>();
        bytes = 0;
      }
    }
    if (!cells.isEmpty()) {
      batches.add(new Unapplied(cells, bytes, last));
    }
    return batches;
  }

  /**
   * The parts of the batch that begins at a sequence. They are not all there if its process died:
   * then nothing follows, or the batches of the next process do.
   */
  private static List<JournalRow> batchAt(NavigableMap<Long, JournalRow> rows, long first)
      throws RealizeException.Corrupt {
    List<JournalRow> parts = new ArrayList<>();
    long last = rows.lastKey();
    JournalRow head = rows.get(first);
    if (head == null || head.first() != first) {
      throw new RealizeException.Corrupt("journal has no batch at " + first + " of " + last);
    }
    for (long at = first; at <= Math.min(head.last(), last); at++) {
      JournalRow part = rows.get(at);
      if (part == null) {
        throw new RealizeException.Corrupt("journal has no row " + at + " of " + last);
      }
      if (part.first() != first) {
        break;
      }
      parts.add(part);
    }
    return parts;
  }

  /** Writes a batch and returns its last sequence; it survives the process from then on. */
  long append(Map<RowKey, RowBatch.Cell> cells) {
    List<Map<RowKey, RowBatch.Cell>> parts = split(cells);
    long first = sequence + 1;
    long mark = securedThrough.get();
    for (Map<RowKey, RowBatch.Cell> part : parts) {
      long next = sequence + 1;
      table.put(next, new JournalRow(next, mark, first, parts.size(), part).encode());
      sequence = next;
    }
    markWritten = mark;
    return sequence;
  }

  private static List<Map<RowKey, RowBatch.Cell>> split(Map<RowKey, RowBatch.Cell> cells) {
    List<Map<RowKey, RowBatch.Cell>> parts = new ArrayList<>();
    Map<RowKey, RowBatch.Cell> part = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<RowKey, RowBatch.Cell> row : cells.entrySet()) {
      long size = RowBatch.size(row.getKey(), row.getValue().value);
      if (!part.isEmpty() && bytes + size > JournalRow.MAX_PART_BYTES) {
        parts.add(part);
        part = new LinkedHashMap<>();
        bytes = 0;
      }
      part.put(row.getKey(), row.getValue());
      bytes += size;
    }
    parts.add(part);
    return parts;
  }

  /** Makes all that was appended so far survive a power cut. */
  void flush() {
    table.flush();
  }

  /** Notes that the tables hold everything up to this sequence. */
  void applied(long through, long bytes) {
    appliedThrough = through;
    bytesSinceSecured += bytes;
  }

  /** Makes what is applied durable, so that the next row's mark says so. */
  void secure() {
    long through = appliedThrough;
    if (through > securedThrough.get()) {
      tables.flush();
      securedThrough.accumulateAndGet(through, Math::max);
    }
  }

  /** Secures, and removes what is not needed any more, now and then; when idle only the latter. */
  void trim(boolean idle) {
    if (appliedThrough - securedThrough.get() >= TRIM_ROWS || bytesSinceSecured >= TRIM_BYTES) {
      secure();
      bytesSinceSecured = 0;
    }
    long through = markWritten;
    if (through - removedThrough >= (idle ? 1 : TRIM_ROWS)) {
      table.remove(removedThrough + 1, through);
      removedThrough = through;
    }
  }
}
