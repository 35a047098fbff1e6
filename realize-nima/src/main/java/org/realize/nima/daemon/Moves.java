package org.realize.nima.daemon;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveEvent.MoveEventKind;
import org.realize.nima.control.MoveOrder;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.move.FileMove;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Mover;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The moves of the daemon, one order at a time. Closing ends the running one. Thread-safe. */
final class Moves implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LAST_ONE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
  private static final int PAGE_FILES = 1_000;

  private final MoveEnds ends;
  private final TimeSource time;
  private final Semaphore slot = new Semaphore(1, true);
  private final AtomicReference<@Nullable Thread> mover = new AtomicReference<>();

  Moves(MoveEnds ends, TimeSource time) {
    this.ends = ends;
    this.time = time;
  }

  /** As {@link org.realize.nima.control.Household#move}. */
  void run(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException {
    ends.check(order);
    // The last move's command may just have been ended.
    if (!slot.tryAcquire(LAST_ONE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new Invalid("move: another move runs on this node; wait for it, or end its command");
    }
    mover.set(Thread.currentThread());
    try (MoveProgress progress = new MoveProgress(events, time);
        Deadline deadline = Deadline.of(order.carriage().maxMillis(), time)) {
      progress.start();
      List<String> notes = new ArrayList<>();
      try {
        MoveEnds.MoveRates way = MoveEnds.MoveRates.of(order, time);
        for (ArenaName arena : order.arenas()) {
          run(way, arena, deadline, progress).ifPresent(notes::add);
        }
        progress.ends(MoveEventKind.DONE, notes.isEmpty() ? null : String.join("; ", notes));
      } catch (InterruptedException e) {
        if (!deadline.isOver()) {
          throw e;
        }
        progress.ends(MoveEventKind.OUT_OF_TIME, null);
      }
    } finally {
      mover.set(null);
      slot.release();
    }
  }

  /** Interrupts the move that runs and waits until it has stopped between two steps. */
  @Override
  public void close() {
    Thread running = mover.get();
    if (running != null) {
      running.interrupt();
      try {
        if (!running.join(CLOSE_TIMEOUT)) {
          LOG.warn("a move did not end within {} s", CLOSE_TIMEOUT.toSeconds());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Moves the files of one arena; returns what the user must know afterwards. */
  private Optional<String> run(
      MoveEnds.MoveRates way, ArenaName arena, Deadline deadline, MoveProgress progress)
      throws RealizeException, InterruptedException {
    try (Closing closing = new Closing()) {
      MoveEnds.Ends two = ends.open(arena, way, closing);
      progress.begins(arena);
      MoveOrder order = way.order();
      if (order.handling().dryRun()) {
        preview(two, progress);
        return Optional.empty();
      }
      Mover.Settings settings = new Mover.Settings(order.carriage().parallel(), deadline.left());
      FileMove move = new FileMove(two.source(), two.target(), two.keepsSource(), progress.tally());
      int failed = new Mover(move, settings, progress, time, new SecureRandom()).run();
      return two.ends(order.handling().purge() && failed == 0);
    }
  }

  /** Tells what a move would do with each file. */
  private static void preview(MoveEnds.Ends two, MoveProgress progress)
      throws RealizeException, InterruptedException {
    MoveSource.Page page = two.source().list(Optional.empty(), PAGE_FILES);
    progress.tally().begins(page);
    while (!page.files().isEmpty()) {
      for (MovedFile file : page.files()) {
        try {
          MoveTarget.Progress there = two.target().progress(file);
          boolean isThere = there.finished().isPresent() && !there.isReplaced();
          if (!file.isDirectory()) {
            progress.tell(
                isThere ? MoveEventKind.WOULD_COMPARE : MoveEventKind.WOULD_MOVE, file, null);
          }
        } catch (Invalid e) {
          progress.tell(MoveEventKind.FAILED, file, e.oneLine());
        }
      }
      page = two.source().list(Optional.of(page.files().getLast().path()), PAGE_FILES);
    }
  }

  /** The time at which a move is interrupted. */
  private static final class Deadline implements AutoCloseable {
    private static final Duration FOR_EVER = Duration.ofDays(3_650);

    private final TimeSource time;
    private final long endNanos;
    private final Thread alarm;

    private Deadline(Duration longest, TimeSource time) {
      this.time = time;
      this.endNanos = time.monotonicNanos() + longest.toNanos();
      Thread mover = Thread.currentThread();
      this.alarm =
          Thread.ofVirtual()
              .name("move-deadline")
              .start(() -> {
                try {
                  time.sleep(longest);
                  mover.interrupt();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }

    static Deadline of(@Nullable Long millis, TimeSource time) {
      return new Deadline(millis == null ? FOR_EVER : Duration.ofMillis(millis), time);
    }

    Duration left() {
      return Duration.ofNanos(Math.max(0, endNanos - time.monotonicNanos()));
    }

    boolean isOver() {
      return left().isZero();
    }

    @Override
    public void close() {
      alarm.interrupt();
    }
  }
}
