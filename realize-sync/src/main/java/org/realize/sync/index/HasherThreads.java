package org.realize.sync.index;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A fixed number of platform threads that hash: hashing keeps a core busy, so more would only
 * compete. Half of as many, at least one, hash large files, apart from the others. One instance
 * serves all arenas of a daemon. Thread-safe.
 */
public final class HasherThreads implements Hashers, AutoCloseable {

  private final ExecutorService small;
  private final ExecutorService large;

  public HasherThreads(int count) {
    small = threads(count, "realize-hash-");
    large = threads(Math.max(1, count / 2), "realize-hash-large-");
  }

  private static ExecutorService threads(int count, String name) {
    return Executors.newFixedThreadPool(
        count, Thread.ofPlatform().name(name, 0).daemon().factory());
  }

  @Override
  public <T> Future<T> submit(long sizeBytes, Callable<T> job) {
    return (sizeBytes < LARGE_BYTES ? small : large).submit(job);
  }

  /** Drops what waits and ends after the files that are being hashed; stop the indexers first. */
  @Override
  public void close() {
    small.shutdownNow();
    large.shutdownNow();
  }
}
