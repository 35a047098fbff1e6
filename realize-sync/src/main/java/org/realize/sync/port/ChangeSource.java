package org.realize.sync.port;

import java.time.Duration;
import java.util.List;
import org.realize.sync.model.RelativePath;

/**
 * Hints that something below an arena's root changed. Hints say where to look, never what happened;
 * a scan decides. One consumer thread.
 */
public interface ChangeSource extends AutoCloseable {

  /** A hint at a name or directory to scan. */
  sealed interface Hint {
    /** A name that was created, written or had its attributes changed. */
    record Touched(RelativePath path) implements Hint {}

    /** A name that was removed, or renamed to another. */
    record Removed(RelativePath path) implements Hint {}

    /** Hints were lost below this directory: look at all of it. */
    record Lost(RelativePath directory, String cause) implements Hint {}

    /** A directory that cannot be watched (limits): it must be scanned from time to time. */
    record Unwatched(RelativePath directory, String cause) implements Hint {}
  }

  /** Waits at most {@code timeout} for at least one change; bounded in number, oldest first. */
  List<Hint> take(Duration timeout) throws InterruptedException;

  /**
   * Starts watching {@code directory}, which was just found; its present content is not reported.
   */
  void watch(RelativePath directory);

  @Override
  void close();
}
