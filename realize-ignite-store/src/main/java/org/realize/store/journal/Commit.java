package org.realize.store.journal;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.realize.sync.model.RealizeException;

/**
 * A commit that was handed to the log: one of those that its writer may wait for. Thread-safe; any
 * number of threads may wait.
 *
 * <p>A commit that fails takes every later one with it, since a failure stops the whole log. What
 * was on disk at that moment may still be there after a restart.
 */
public final class Commit {
  private final CommitQueue queue;
  private final Map<RowKey, RowBatch.Cell> cells;
  private final long bytes;
  private final CompletableFuture<Void> acknowledged = new CompletableFuture<>();
  private final CompletableFuture<Void> durable = new CompletableFuture<>();

  /** Guarded by the queue's lock: the batch that holds this commit, negative until journaled. */
  private long batch = -1;

  Commit(CommitQueue queue, RowBatch rows) {
    this.queue = queue;
    this.cells = rows.cells();
    this.bytes = rows.bytes();
  }

  /** The commit before the first: done and durable. */
  static Commit none(CommitQueue queue) {
    Commit none = new Commit(queue, new RowBatch());
    none.batch = 0;
    return none;
  }

  /**
   * Waits until readers see the commit and it survives the death of this process.
   *
   * @throws RealizeException.StorageFailed if the store has stopped, or after {@code limit}; then
   *     the commit may still succeed
   */
  public void awaitAcknowledged(Duration limit) throws RealizeException.StorageFailed {
    await(acknowledged, limit, "a commit");
  }

  /**
   * Waits until the commit survives a power cut, at the cost of at most one flush shared by all
   * that wait at that time.
   *
   * @throws RealizeException.StorageFailed if the store has stopped, or after {@code limit}; then
   *     the commit may still succeed
   */
  public void awaitDurable(Duration limit) throws RealizeException.StorageFailed {
    queue.requireDurable(this);
    await(durable, limit, "a commit to reach the disk");
  }

  /**
   * Waits out the limit whether the thread is interrupted or not: a commit takes no time that a
   * user would notice, and who is interrupted here could not tell what became of it.
   */
  private static void await(CompletableFuture<Void> event, Duration limit, String what)
      throws RealizeException.StorageFailed {
    boolean interrupted = false;
    long end = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        try {
          event.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          throw new RealizeException.StorageFailed("waited " + limit + " for " + what, e);
        } catch (ExecutionException e) {
          throw new RealizeException.StorageFailed("store stopped", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  Map<RowKey, RowBatch.Cell> cells() {
    return cells;
  }

  long bytes() {
    return bytes;
  }

  /** The most that it takes of the journal, in as many parts as that makes. */
  long journalBytes() {
    return bytes + (2 + bytes / JournalRow.MAX_PART_BYTES) * JournalRow.MAX_OVERHEAD_BYTES;
  }

  long batch() {
    return batch;
  }

  void joined(long number) {
    this.batch = number;
  }

  void acknowledge() {
    acknowledged.complete(null);
  }

  void madeDurable() {
    durable.complete(null);
  }

  void fail(Throwable cause) {
    acknowledged.completeExceptionally(cause);
    durable.completeExceptionally(cause);
  }
}
