package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;

/**
 * The fetches of whole contents of one arena that are under way. Each has a thread of its own, so
 * that it alone can be stopped between two blocks; what it has collected stays, and the next
 * attempt resumes it. Thread-safe.
 */
final class StoppableFetches {

  /** The time between two looks whether a fetch is still wanted. */
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** The condition under which a fetch of a path goes on. */
  interface FetchRule {
    boolean isWanted(RelativePath path) throws RealizeException;
  }

  private final FetchRule rule;
  private final Map<RelativePath, Thread> threads = new ConcurrentHashMap<>();

  StoppableFetches(FetchRule rule) {
    this.rule = rule;
  }

  /**
   * Runs a fetch, and waits for its end; one fetch of a path at a time.
   *
   * @return what it returned; empty if it was stopped, or is not wanted
   */
  <T> Optional<T> run(RelativePath path, Callable<T> fetch)
      throws RealizeException, InterruptedException {
    FutureTask<T> task = new FutureTask<>(fetch);
    Thread thread = Thread.ofVirtual().name("fetch").unstarted(task);
    threads.put(path, thread);
    try {
      if (!rule.isWanted(path)) { // stop() may have come before the thread was in the map
        return Optional.empty();
      }
      thread.start();
      while (!thread.join(BEAT)) {
        if (!rule.isWanted(path)) {
          thread.interrupt();
        }
      }
      T result = task.get();
      return rule.isWanted(path) ? Optional.of(result) : Optional.empty();
    } catch (ExecutionException e) {
      return switch (e.getCause()) {
        case InterruptedException _ -> Optional.empty();
        case RealizeException failure -> throw failure;
        case RuntimeException bug -> throw bug;
        case null, default -> throw new StorageFailed("fetch '%s'".formatted(path), e.getCause());
      };
    } finally {
      thread.interrupt();
      threads.remove(path, thread);
    }
  }

  /** Stops the fetches of the paths that {@code wanted} takes. */
  void stop(Predicate<RelativePath> wanted) {
    threads.forEach((path, thread) -> {
      if (wanted.test(path)) {
        thread.interrupt();
      }
    });
  }

  /** The paths whose contents are being fetched. */
  List<RelativePath> paths() {
    return new ArrayList<>(threads.keySet());
  }
}
