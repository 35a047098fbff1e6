package org.realize.sync.move;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * Moves all files of one end to another, many small ones at once. Used once; blocks until every
 * file is moved or has failed, or its thread is interrupted: then the files under way stop between
 * two calls, and the next mover goes on with them.
 *
 * <p>A network error is tried again, half a second later at first, then twice as late each time up
 * to 5 minutes, give or take a fifth, until the longest duration has passed. A file that changed is
 * listed again and moved as it is now, {@value #MAX_CHANGES} times. Any other error is the file's
 * own; the others go on.
 */
public final class Mover {
  static final int MAX_CHANGES = 5;

  /** Files whose bytes on their way together are no more than this go at once (#sizegate). */
  static final int BYTES_IN_FLIGHT = FileMove.PIECES_AT_ONCE * MoveEnd.MAX_RANGE_BYTES;

  private static final int PAGE_FILES = 1_000;
  private static final Duration FIRST_DELAY = Duration.ofMillis(500);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  private final MoveEnd source;
  private final Listener listener;
  private final TimeSource time;
  private final RandomGenerator random;
  private final FileMove move;
  private final ByteGate gate;
  private final long endNanos;
  private final AtomicInteger failures = new AtomicInteger();
  private final AtomicReference<@Nullable RuntimeException> bug = new AtomicReference<>();

  /**
   * What the user asked for.
   *
   * @param keepsSource whether it copies
   * @param maxFiles files on their way at once at most
   * @param longest how long network errors are tried again, from the start on
   */
  public record Settings(boolean keepsSource, int maxFiles, Duration longest) {}

  /** Told of each file. Thread-safe; quick. */
  public interface Listener {
    /** A file has arrived. */
    void moved(MovedFile file, FileMove.Outcome outcome);

    /** A file will be tried again. */
    void retrying(MovedFile file, RealizeException cause, Duration delay);

    /** A file stays where it is. */
    void failed(MovedFile file, RealizeException cause);
  }

  /** A mover of everything at the source. */
  public Mover(
      MoveEnd source,
      MoveEnd target,
      Settings settings,
      Tally tally,
      Listener listener,
      TimeSource time,
      RandomGenerator random) {
    this.source = source;
    this.listener = listener;
    this.time = time;
    this.random = random;
    this.move = new FileMove(source, target, settings.keepsSource(), tally);
    this.gate = new ByteGate(BYTES_IN_FLIGHT, settings.maxFiles());
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
      Optional<RelativePath> after = Optional.empty();
      List<MovedFile> page;
      do {
        page = list(after);
        for (MovedFile file : page) {
          ByteGate.Pass pass = gate.enter(file.sizeBytes());
          files.execute(() -> moveAndTell(file, pass));
          after = Optional.of(file.path());
        }
      } while (!page.isEmpty());
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

  private List<MovedFile> list(Optional<RelativePath> after)
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

  private void moveAndTell(MovedFile listed, ByteGate.Pass pass) {
    try (pass) {
      moveAndRetry(listed);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      bug.compareAndSet(null, e);
    }
  }

  private void moveAndRetry(MovedFile listed) throws InterruptedException {
    MovedFile file = listed;
    Duration delay = FIRST_DELAY;
    int changes = 0;
    while (true) {
      try {
        listener.moved(file, move.move(file));
        return;
      } catch (VersionGone e) {
        Optional<MovedFile> now = ++changes > MAX_CHANGES ? Optional.empty() : again(file);
        if (now.isEmpty()) {
          fail(file, e);
          return;
        }
        file = now.get();
      } catch (Unreachable e) {
        if (!mayWait(delay)) {
          fail(file, e);
          return;
        }
        listener.retrying(file, e, delay);
        time.sleep(jittered(delay));
        delay = next(delay);
      } catch (RealizeException e) {
        fail(file, e);
        return;
      }
    }
  }

  /** The file as it is now; empty if it is gone or cannot be asked for. */
  private Optional<MovedFile> again(MovedFile file) throws InterruptedException {
    try {
      return source.progress(file.path()).finished();
    } catch (RealizeException e) {
      return Optional.empty();
    }
  }

  private void fail(MovedFile file, RealizeException cause) {
    failures.incrementAndGet();
    listener.failed(file, cause);
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
