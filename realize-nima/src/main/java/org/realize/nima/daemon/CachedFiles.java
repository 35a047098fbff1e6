package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheOrder;
import org.realize.nima.control.Household.Events;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.engine.FilesJob.FilesOutcome;
import org.realize.sync.engine.FilesJob.ShownFile;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * One command about files of any arenas: its jobs are stepped to the end, and every result is
 * emitted as an event, with the totals twice a second. Used once, by one thread.
 */
final class CachedFiles {

  private static final Duration BEAT = Duration.ofMillis(500);

  /** The jobs on the files of one arena. */
  @FunctionalInterface
  interface Jobs {
    /** A job on the files at and below {@code top}, as {@link FilesJob} lists them. */
    FilesJob job(FilesJob.Task task, RelativePath top, FilesJob.FilesListener listener)
        throws RealizeException;
  }

  private final CacheOrder order;
  private final Map<ArenaName, Jobs> arenas;
  private final Events<CacheEvent> events;
  private final TimeSource time;
  private final List<FilesJob> jobs = new ArrayList<>();
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder doneFiles = new LongAdder();
  private final LongAdder doneBytes = new LongAdder();
  private final LongAdder failedFiles = new LongAdder();

  CachedFiles(
      CacheOrder order, Map<ArenaName, Jobs> arenas, Events<CacheEvent> events, TimeSource time) {
    this.order = order;
    this.arenas = arenas;
    this.events = events;
    this.time = time;
  }

  /** Works on all files; nothing is done if one of the paths is not there. */
  void run() throws RealizeException, InterruptedException {
    Thread beat = Thread.ofVirtual().name("cache-progress").start(this::beat);
    try {
      for (ArenaPath path : order.paths()) {
        resolve(path);
      }
      if (order.paths().isEmpty()) {
        for (ArenaName arena : arenas.keySet()) {
          add(arena, RelativePath.ROOT);
        }
      }
      for (FilesJob job : jobs) {
        while (job.step().isPresent()) {}
      }
    } finally {
      beat.interrupt();
      beat.join();
    }
    emit(CacheEventKind.DONE);
  }

  /** A reader takes long silence for an end, and one large file may take hours. */
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

  private void worked(ArenaName arena, ShownFile file, FilesOutcome outcome, String message)
      throws InterruptedException {
    CacheEventKind kind =
        switch (outcome) {
          case FETCHED -> CacheEventKind.FETCHED;
          case WAS_HERE -> CacheEventKind.WAS_HERE;
          case EVICTED -> CacheEventKind.EVICTED;
          case WAS_NOT_HERE -> CacheEventKind.WAS_NOT_HERE;
          case STAYS -> CacheEventKind.STAYS;
          case SOUND -> CacheEventKind.SOUND;
          case DAMAGED -> CacheEventKind.DAMAGED;
          case CHANGED -> CacheEventKind.CHANGED;
          case FAILED -> CacheEventKind.FAILED;
        };
    boolean failed = outcome == FilesOutcome.FAILED || outcome == FilesOutcome.DAMAGED;
    (failed ? failedFiles : doneFiles).increment();
    long size = file.content().sizeBytes();
    doneBytes.add(size);
    String path = arena + "/" + file.path();
    events.tell(new CacheEvent(kind, path, size, message.isEmpty() ? null : message, null));
  }

  private void add(ArenaName arena, RelativePath top) throws RealizeException {
    FilesJob job =
        Objects.requireNonNull(arenas.get(arena))
            .job(
                order.task(),
                top,
                (file, outcome, message) -> worked(arena, file, outcome, message));
    jobs.add(job);
    List<ShownFile> listed = job.left();
    files.add(listed.size());
    bytes.add(listed.stream().mapToLong(file -> file.content().sizeBytes()).sum());
  }

  private void resolve(ArenaPath path) throws RealizeException {
    String action = order.task().name().toLowerCase(Locale.ROOT);
    if (!arenas.containsKey(path.arena())) {
      throw new NotFound("%s '%s': no arena is there".formatted(action, path));
    }
    try {
      add(path.arena(), path.path());
    } catch (NotFound e) {
      NotFound named = new NotFound("%s '%s': not found".formatted(action, path));
      named.addSuppressed(e);
      throw named;
    }
  }
}
