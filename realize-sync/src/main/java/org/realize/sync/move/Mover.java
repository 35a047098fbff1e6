package org.realize.sync.move;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.TimeSource;

/**
 * The moving of all files, links and directories of one end to another, many small ones at once.
 * Used once; blocks until every file is moved or has failed, or its thread is interrupted: then the
 * files under way stop between two calls, and the next mover resumes them.
 *
 * <p>A network error is tried again, half a second later at first, then twice as late each time up
 * to 5 minutes, give or take a fifth, until the longest duration has passed. A file that changed is
 * listed again and moved as it is now, {@value #MAX_CHANGES} times. Any other error is the file's
 * own; the others proceed. A file that has arrived waits, beside those that are still copied, until
 * its source gives it up.
 */
public final class Mover {
  static final int MAX_CHANGES = 5;

  /** Files whose bytes on their way together are no more than this go at once (#sizegate). */
  static final int BYTES_IN_FLIGHT = FileMove.PIECES_AT_ONCE * Pieces.MAX_RANGE_BYTES;

  /** Files that are copied or wait to be given up, at most. */
  private static final int MAX_FILES = 20_000;

  private static final int PAGE_FILES = 1_000;
  private static final Duration FIRST_DELAY = Duration.ofMillis(500);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  /** A target's index waits so long before it reads a file that has just arrived. */
  private static final Duration QUIET = Duration.ofSeconds(3);

  private final MoveSource source;
  private final MoveListener listener;
  private final TimeSource time;
  private final RandomGenerator random;
  private final FileMove move;
  private final ByteGate gate;
  private final DropQueue drops;
  private final Semaphore room = new Semaphore(MAX_FILES);
  private final long endNanos;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<@Nullable RuntimeException> bug = new AtomicReference<>();

  /**
   * The settings of the user.
   *
   * @param maxFiles files that are copied at once at most
   * @param longest how long network errors are tried again, from the start on
   */
  public record Settings(int maxFiles, Duration longest) {}

  /** A listener to what becomes of each file. Thread-safe; quick. */
  public interface MoveListener {
    /** A file has arrived, and its source is given up unless it is kept. */
    void moved(MovedFile file, FileMove.MoveOutcome outcome);

    /** A file will be tried again. */
    void retrying(MovedFile file, RealizeException cause, Duration delay);

    /** A file stays where it is. */
    void failed(MovedFile file, RealizeException cause);
  }

  /** A mover of everything at the source. */
  public Mover(
      FileMove move,
      Settings settings,
      MoveListener listener,
      TimeSource time,
      RandomGenerator random) {
    this.source = move.source();
    this.listener = listener;
    this.time = time;
    this.random = random;
    this.move = move;
    this.gate = new ByteGate(BYTES_IN_FLIGHT, settings.maxFiles());
    this.drops = new DropQueue(source);
    this.endNanos = time.monotonicNanos() + settings.longest().toNanos();
  }

  /**
   * Moves; returns the number of files that failed.
   *
   * @throws RealizeException if the source cannot be listed
   */
  public int run() throws RealizeException, InterruptedException {
    ExecutorService files = Executors.newVirtualThreadPerTaskExecutor();
    try {
      @Nullable DirectoryMove directory = null;
      MoveSource.Page page = list(Optional.empty());
      move.tally().begins(page);
      while (!page.files().isEmpty()) {
        for (MovedFile file : page.files()) {
          room.acquire();
          ByteGate.BytePass pass = gate.enter(file.sizeBytes());
          DirectoryMove above = DirectoryMove.holding(directory, file.path());
          if (file.isDirectory()) {
            DirectoryMove own = new DirectoryMove(file.path(), above);
            directory = own;
            begin(files, above, () -> moveDirectory(file, own, pass));
          } else {
            directory = above;
            begin(files, above, () -> moveFile(file, pass));
          }
        }
        page = list(Optional.of(page.files().getLast().path()));
      }
      DirectoryMove.holding(directory, RelativePath.ROOT);
      files.shutdown();
      files.close();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      RuntimeException thrown = bug.get();
      if (thrown != null) {
        throw thrown;
      }
      return failures.get();
    } finally {
      files.shutdownNow();
      files.close();
    }
  }

  private MoveSource.Page list(Optional<RelativePath> after)
      throws RealizeException, InterruptedException {
    Duration delay = FIRST_DELAY;
    while (true) {
      try {
        return source.list(after, PAGE_FILES);
      } catch (Unreachable e) {
        if (!mayWait(delay)) {
          throw e;
        }
        time.sleep(jittered(delay));
        delay = next(delay);
      }
    }
  }

  /** The work for one file, link or directory. */
  private interface FileWork {
    void run() throws InterruptedException;
  }

  private void begin(ExecutorService files, @Nullable DirectoryMove above, FileWork work) {
    if (above != null) {
      above.begun();
    }
    files.execute(() -> {
      try {
        if (above != null) {
          above.awaitPrepared();
        }
        work.run();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        bug.compareAndSet(null, e);
      } finally {
        if (above != null) {
          above.ended();
        }
        room.release();
      }
    });
  }

  /**
   * Keeps its pass until the directory is prepared, also while that is tried again: what it holds
   * waits for that with passes of its own.
   */
  private void moveDirectory(MovedFile file, DirectoryMove directory, ByteGate.BytePass pass)
      throws InterruptedException {
    boolean isPrepared;
    try (ByteGate.BytePass _ = pass) {
      isPrepared = attempt(file, move::prepare);
    } finally {
      directory.prepared();
    }
    directory.awaitDone();
    if (isPrepared) {
      attempt(file, this::finishDirectory);
    }
  }

  private void finishDirectory(MovedFile file) throws RealizeException, InterruptedException {
    try (ByteGate.BytePass _ = gate.enter(file.sizeBytes())) {
      move.copy(file);
    }
    if (!move.keepsSource()) {
      drop(file);
    }
  }

  private void moveFile(MovedFile listed, ByteGate.BytePass first) throws InterruptedException {
    AtomicReference<ByteGate.@Nullable BytePass> given = new AtomicReference<>(first);
    attempt(
        listed,
        file -> {
          ByteGate.BytePass pass = given.getAndSet(null);
          FileMove.MoveOutcome outcome;
          try (ByteGate.BytePass _ = pass == null ? gate.enter(file.sizeBytes()) : pass) {
            outcome = move.copy(file);
          }
          if (!move.keepsSource()) {
            drop(file);
          }
          move.tally().done(file);
          listener.moved(file, outcome);
        });
  }

  /** A step on a file as it was listed last. */
  private interface MoveStep {
    void take(MovedFile file) throws RealizeException, InterruptedException;
  }

  /** Takes a step, again where that may help; false if it has failed. */
  private boolean attempt(MovedFile listed, MoveStep step) throws InterruptedException {
    MovedFile file = listed;
    Duration delay = FIRST_DELAY;
    int changes = 0;
    while (true) {
      try {
        step.take(file);
        return true;
      } catch (VersionGone e) {
        Optional<MovedFile> now = ++changes > MAX_CHANGES ? Optional.empty() : again(file);
        if (now.isEmpty()) {
          return failed(file, e);
        }
        file = now.get();
      } catch (Unreachable e) {
        if (!mayWait(delay)) {
          return failed(file, e);
        }
        listener.retrying(file, e, delay);
        time.sleep(jittered(delay));
        delay = next(delay);
      } catch (RealizeException e) {
        return failed(file, e);
      }
    }
  }

  /** Waits, however long the target takes to index the file, until the source has given it up. */
  private void drop(MovedFile file) throws RealizeException, InterruptedException {
    for (Duration delay = QUIET; ; delay = FIRST_DELAY) {
      switch (drops.drop(file)) {
        case DropOutcome.Dropped(), DropOutcome.Kept() -> {
          return;
        }
        case DropOutcome.Failed(RealizeException cause) -> throw cause;
        case DropOutcome.Postponed(String cause) -> {
          if (!mayWait(delay)) {
            throw new Unreachable(cause);
          }
          time.sleep(jittered(delay));
        }
      }
    }
  }

  /** The file as it is now; empty if it is gone or cannot be asked for. */
  private Optional<MovedFile> again(MovedFile file) throws InterruptedException {
    try {
      return source.current(file.path()).filter(now -> now.stat().kind() == file.stat().kind());
    } catch (RealizeException e) {
      return Optional.empty();
    }
  }

  private boolean failed(MovedFile file, RealizeException cause) {
    failures.incrementAndGet();
    move.tally().failed();
    listener.failed(file, cause);
    return false;
  }

  private boolean mayWait(Duration delay) {
    return time.monotonicNanos() + delay.toNanos() <= endNanos;
  }

  private Duration jittered(Duration delay) {
    return Duration.ofNanos((long) (delay.toNanos() * random.nextDouble(0.8, 1.2)));
  }

  private static Duration next(Duration delay) {
    Duration twice = delay.multipliedBy(2);
    return twice.compareTo(LONGEST_DELAY) < 0 ? twice : LONGEST_DELAY;
  }
}
