package org.realize.nima.daemon;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Configuration;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveEvent.Kind;
import org.realize.nima.control.MoveOrder;
import org.realize.nima.rpc.PeerBook;
import org.realize.nima.rpc.PeerConnections;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MoveEnd.Role;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Mover;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves files between the ends that a user names, one order at a time; closing ends the one that
 * runs. Thread-safe.
 */
final class Moves implements AutoCloseable {

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LAST_ONE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(50);

  private static final Logger LOG = LoggerFactory.getLogger(Moves.class);
  private static final int PAGE_FILES = 1_000;

  private final MoveEnds ends;
  private final TimeSource time;
  private final AtomicReference<@Nullable Thread> mover = new AtomicReference<>();

  Moves(
      Configuration configuration,
      PeerBook peers,
      MovableArenas arenas,
      PeerConnections connections,
      TimeSource time) {
    this.ends = new MoveEnds(configuration, peers, arenas, connections);
    this.time = time;
  }

  /** As {@link org.realize.nima.control.Household#move}. */
  void run(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException {
    ends.check(order);
    begin();
    try (MoveProgress progress = new MoveProgress(events, time);
        Deadline deadline = Deadline.of(order.maxMillis(), time)) {
      progress.start();
      try {
        MoveEnds.Way way = MoveEnds.Way.of(order, time);
        for (ArenaName arena : order.arenas()) {
          run(way, arena, deadline, progress);
        }
        progress.ends(Kind.DONE);
      } catch (InterruptedException e) {
        if (!deadline.isOver()) {
          throw e;
        }
        progress.ends(Kind.OUT_OF_TIME);
      }
    } finally {
      mover.set(null);
    }
  }

  /** Waits a little for the last move, whose command may just have been ended. */
  private void begin() throws RealizeException, InterruptedException {
    long endNanos = time.monotonicNanos() + LAST_ONE.toNanos();
    while (!mover.compareAndSet(null, Thread.currentThread())) {
      if (time.monotonicNanos() - endNanos >= 0) {
        throw new Invalid("move: another move runs on this node; wait for it, or end its command");
      }
      time.sleep(POLL);
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

  private void run(MoveEnds.Way way, ArenaName arena, Deadline deadline, MoveProgress progress)
      throws RealizeException, InterruptedException {
    try (Closing closing = new Closing()) {
      MoveEnd source = ends.open(arena, Role.SOURCE, way, closing);
      MoveEnd target = ends.open(arena, Role.TARGET, way, closing);
      source.engage();
      target.engage();
      progress.begins(arena);
      eachPage(source, progress::counts);
      MoveOrder order = way.order();
      if (order.dryRun()) {
        eachPage(source, page -> tellWhatWouldBe(page, target, progress));
        return;
      }
      Mover.Settings settings = new Mover.Settings(order.copy(), order.parallel(), deadline.left());
      new Mover(source, target, settings, progress.tally(), progress, time, new SecureRandom())
          .run();
    }
  }

  private static void tellWhatWouldBe(List<MovedFile> page, MoveEnd target, MoveProgress progress)
      throws RealizeException, InterruptedException {
    for (MovedFile file : page) {
      boolean isThere = target.progress(file.path()).finished().isPresent();
      progress.tell(isThere ? Kind.WOULD_COMPARE : Kind.WOULD_MOVE, file, null);
    }
  }

  /** Something done with a page of a listing. */
  private interface OnPage {
    void take(List<MovedFile> page) throws RealizeException, InterruptedException;
  }

  private static void eachPage(MoveEnd source, OnPage action)
      throws RealizeException, InterruptedException {
    List<MovedFile> page = source.list(Optional.empty(), PAGE_FILES);
    while (!page.isEmpty()) {
      action.take(page);
      page = source.list(Optional.of(page.getLast().path()), PAGE_FILES);
    }
  }

  /** When a move must have ended; interrupts it then. */
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
