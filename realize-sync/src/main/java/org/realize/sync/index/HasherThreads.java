package org.realize.sync.index;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A fixed number of platform threads that hash: hashing keeps a core busy, so more would only
 * compete. One instance serves all arenas of a daemon. Thread-safe.
 */
public final class HasherThreads implements Hashers, AutoCloseable {

  private final ExecutorService threads;

  public HasherThreads(int count) {
    threads =
        Executors.newFixedThreadPool(
            count, Thread.ofPlatform().name("realize-hash-", 0).daemon().factory());
  }

  @Override
  public <T> Future<T> submit(Callable<T> job) {
    return threads.submit(job);
  }

  /** Drops what waits and ends after the files that are being hashed; stop the indexers first. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
