package org.realize.nima.daemon;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.Household.Events;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;

/**
 * The progress of one command that works on files: an event for each, and the totals twice a
 * second, since a reader takes long silence for an end. Used once; thread-safe but for {@link
 * #run}.
 */
final class WorkProgress {

  private static final Duration BEAT = Duration.ofMillis(500);

  /** The work of a command. */
  interface StreamedWork {
    void run() throws RealizeException, InterruptedException;
  }

  private final Events<CacheEvent> events;
  private final TimeSource time;
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder doneFiles = new LongAdder();
  private final LongAdder doneBytes = new LongAdder();
  private final LongAdder failedFiles = new LongAdder();

  WorkProgress(Events<CacheEvent> events, TimeSource time) {
    this.events = events;
    this.time = time;
  }

  /** Runs the work, and ends with the totals. */
  void run(StreamedWork work) throws RealizeException, InterruptedException {
    Thread beat = Thread.ofVirtual().name("work-progress").start(this::beat);
    try {
      work.run();
    } finally {
      beat.interrupt();
      beat.join();
    }
    emit(CacheEventKind.DONE);
  }

  private void beat() {
    try {
      while (true) {
        time.sleep(BEAT);
        emit(CacheEventKind.PROGRESS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void emit(CacheEventKind kind) throws InterruptedException {
    CacheEvent.WorkTotals totals =
        new CacheEvent.WorkTotals(
            files.sum(), bytes.sum(), doneFiles.sum(), doneBytes.sum(), failedFiles.sum());
    events.tell(new CacheEvent(kind, null, 0, null, totals));
  }

  /** Adds to what is to be done. */
  void expect(long moreFiles, long moreBytes) {
    files.add(moreFiles);
    bytes.add(moreBytes);
  }

  /** One file is done, or has failed. */
  void worked(CacheEventKind kind, ArenaPath path, long sizeBytes, @Nullable String message)
      throws InterruptedException {
    boolean failed = kind == CacheEventKind.FAILED || kind == CacheEventKind.DAMAGED;
    (failed ? failedFiles : doneFiles).increment();
    doneBytes.add(sizeBytes);
    events.tell(new CacheEvent(kind, path.toString(), sizeBytes, message, null));
  }
}
