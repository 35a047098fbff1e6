package org.realize.nima.daemon;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveEvent.MoveEventKind;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Mover;
import org.realize.sync.move.Tally;
import org.realize.sync.port.TimeSource;

/**
 * The progress of a move, emitted on each event and twice a second. Thread-safe; {@link #close}
 * ends its thread.
 */
final class MoveProgress implements Mover.MoveListener, AutoCloseable {

  private static final Duration BEAT = Duration.ofMillis(500);

  private final Events<MoveEvent> events;
  private final TimeSource time;
  private final Tally tally = new Tally();
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
        tell(MoveEventKind.PROGRESS, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What follows is about an arena. */
  void begins(ArenaName next) {
    arena.set(next);
  }

  /**
   * Tells that the move has ended, and nothing after that.
   *
   * @param message what is left to know; null for nothing
   */
  void ends(MoveEventKind kind, @Nullable String message) throws InterruptedException {
    close();
    beat.join();
    tell(kind, message);
  }

  private void tell(MoveEventKind kind, @Nullable String message) throws InterruptedException {
    events.tell(new MoveEvent(kind, null, null, 0, message, tally.totals()));
  }

  /** Tells of a file. */
  void tell(MoveEventKind kind, MovedFile file, @Nullable String message) {
    try {
      String path = file.path().toString();
      events.tell(new MoveEvent(kind, arena.get(), path, file.sizeBytes(), message, null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void moved(MovedFile file, FileMove.MoveOutcome outcome) {
    MoveEventKind kind =
        switch (outcome) {
          case MOVED -> MoveEventKind.MOVED;
          case WAS_THERE -> MoveEventKind.WAS_THERE;
        };
    tell(kind, file, null);
  }

  @Override
  public void retrying(MovedFile file, RealizeException cause, Duration delay) {
    tell(
        MoveEventKind.RETRYING,
        file,
        "%s; again in %.1f s".formatted(cause.oneLine(), delay.toMillis() / 1_000.0));
  }

  @Override
  public void failed(MovedFile file, RealizeException cause) {
    tell(MoveEventKind.FAILED, file, cause.oneLine());
  }

  @Override
  public void close() {
    beat.interrupt();
  }
}
