package org.realize.sync.index;

import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of platform threads that hash: hashing keeps a core busy, so more would only
 * compete. Half of as many, at least one, hash large files, apart from the others. One instance
 * serves all arenas of a daemon. Thread-safe.
 */
public final class HasherThreads implements Hashers, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HasherThreads.class);

  /** After so long without work a thread ends. */
  private static final int IDLE_SECONDS = 10;

  private final ThreadPoolExecutor small;
  private final ThreadPoolExecutor large;

  public HasherThreads(int count) {
    small = threads(count, "realize-hash-");
    large = threads(Math.max(1, count / 2), "realize-hash-large-");
  }

  private static ThreadPoolExecutor threads(int count, String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            count,
            count,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name(name, 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public <T> Future<T> submit(long sizeBytes, Callable<T> job) {
    return (sizeBytes < LARGE_BYTES ? small : large).submit(job);
  }

  /** Given to those that hash small files, behind at most one piece that nobody has taken yet. */
  @Override
  public void offer(Runnable piece) {
    if (!small.getQueue().isEmpty()) {
      return;
    }
    try {
      small.execute(piece);
    } catch (RejectedExecutionException closed) {
      LOG.debug("a piece of a file is left to its caller: {}", closed.getMessage());
    }
  }

  /** Drops what waits and ends after the files that are being hashed; stop the indexers first. */
  @Override
  public void close() {
    small.shutdownNow();
    large.shutdownNow();
  }
}
