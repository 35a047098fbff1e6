package org.realize.sync.index;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** A pool that hashes a limited number of files at once. */
@FunctionalInterface
public interface Hashers {

  /** Files from this size on are hashed in a lane of their own, so that small ones never wait. */
  long LARGE_BYTES = 64L << 20;

  /**
   * Starts {@code job} as soon as a hasher is free. The caller bounds how many wait.
   *
   * @param sizeBytes of the file to hash
   */
  <T> Future<T> submit(long sizeBytes, Callable<T> job);

  /**
   * Has a free hasher run {@code piece}; does nothing where none is free soon. The caller runs it
   * then, so it must do nothing when it is run again.
   */
  default void offer(Runnable piece) {}

  /** Hashes at once, on the calling thread: for a simulator, and for tests in virtual time. */
  static Hashers inline() {
    return new Hashers() {
      @Override
      public <T> Future<T> submit(long sizeBytes, Callable<T> job) {
        try {
          return CompletableFuture.completedFuture(job.call());
        } catch (Exception e) {
          return CompletableFuture.failedFuture(e);
        }
      }
    };
  }
}
