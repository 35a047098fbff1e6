package org.realize.sync.move;

import java.util.concurrent.atomic.LongAdder;
import org.realize.sync.port.FileStat;

/** Counters of the files and bytes of a move. Thread-safe. */
public final class Tally {
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder doneFiles = new LongAdder();
  private final LongAdder doneBytes = new LongAdder();
  private final LongAdder failedFiles = new LongAdder();
  private final LongAdder copied = new LongAdder();
  private final LongAdder compared = new LongAdder();
  private final LongAdder deltas = new LongAdder();
  private final LongAdder repaired = new LongAdder();

  /** A source has so much; counted once, from its first page. */
  public void begins(MoveSource.Page page) {
    files.add(page.totalFiles());
    bytes.add(page.totalBytes());
  }

  void done(MovedFile file) {
    if (file.stat().kind() != FileStat.Kind.FILE) {
      return; // links and directories are in no total
    }
    doneFiles.increment();
    doneBytes.add(file.sizeBytes());
  }

  void failed() {
    failedFiles.increment();
  }

  void copied(long count) {
    copied.add(count);
  }

  void compared(long count) {
    compared.add(count);
  }

  void sentDelta(long sent, long repairedBytes) {
    deltas.add(sent);
    repaired.add(repairedBytes);
  }

  /** The numbers at this moment. */
  public MoveTotals totals() {
    return new MoveTotals(
        files.sum(),
        bytes.sum(),
        doneFiles.sum(),
        doneBytes.sum(),
        failedFiles.sum(),
        copied.sum(),
        compared.sum(),
        deltas.sum(),
        repaired.sum());
  }
}
