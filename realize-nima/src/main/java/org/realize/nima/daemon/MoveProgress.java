package org.realize.nima.daemon;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveEvent.Kind;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Mover;
import org.realize.sync.move.Tally;
import org.realize.sync.port.TimeSource;

/**
 * What a move has done so far, told as it happens and twice a second. Thread-safe; the thread that
 * tells how far the move is ends with {@link #close}.
 */
final class MoveProgress implements Mover.Listener, AutoCloseable {

  private static final Duration BEAT = Duration.ofMillis(500);

  private final Events<MoveEvent> events;
  private final TimeSource time;
  private final Tally tally = new Tally();
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder doneFiles = new LongAdder();
  private final LongAdder doneBytes = new LongAdder();
  private final LongAdder failedFiles = new LongAdder();
  private final AtomicReference<@Nullable ArenaName> arena = new AtomicReference<>();
  private final Thread beat = Thread.ofVirtual().name("move-progress").unstarted(this::beat);

  MoveProgress(Events<MoveEvent> events, TimeSource time) {
    this.events = events;
    this.time = time;
  }

  Tally tally() {
    return tally;
  }

  /** Begins to tell how far it is. */
  void start() {
    beat.start();
  }

  private void beat() {
    try {
      while (true) {
        time.sleep(BEAT);
        tell(Kind.PROGRESS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What follows is about an arena. */
  void begins(ArenaName next) {
    arena.set(next);
  }

  /** Files that are to be moved. */
  void counts(List<MovedFile> listed) {
    files.add(listed.size());
    bytes.add(listed.stream().mapToLong(MovedFile::sizeBytes).sum());
  }

  /** Tells how the move has ended, and nothing behind that. */
  void ends(Kind kind) throws InterruptedException {
    close();
    beat.join();
    tell(kind);
  }

  private void tell(Kind kind) throws InterruptedException {
    MoveEvent.Totals totals =
        new MoveEvent.Totals(
            files.sum(),
            bytes.sum(),
            doneFiles.sum(),
            doneBytes.sum(),
            failedFiles.sum(),
            tally.copiedBytes(),
            tally.comparedBytes(),
            tally.deltaBytes(),
            tally.repairedBytes());
    events.tell(new MoveEvent(kind, null, null, 0, null, totals));
  }

  /** Tells of a file. */
  void tell(Kind kind, MovedFile file, @Nullable String message) {
    try {
      String path = file.path().toString();
      events.tell(new MoveEvent(kind, arena.get(), path, file.sizeBytes(), message, null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void moved(MovedFile file, FileMove.Outcome outcome) {
    doneFiles.increment();
    doneBytes.add(file.sizeBytes());
    Kind kind =
        switch (outcome) {
          case MOVED -> Kind.MOVED;
          case WAS_THERE -> Kind.WAS_THERE;
        };
    tell(kind, file, null);
  }

  @Override
  public void retrying(MovedFile file, RealizeException cause, Duration delay) {
    tell(
        Kind.RETRYING,
        file,
        "%s; again in %.1f s".formatted(cause.oneLine(), delay.toMillis() / 1_000.0));
  }

  @Override
  public void failed(MovedFile file, RealizeException cause) {
    failedFiles.increment();
    tell(Kind.FAILED, file, cause.oneLine());
  }

  @Override
  public void close() {
    beat.interrupt();
  }
}
