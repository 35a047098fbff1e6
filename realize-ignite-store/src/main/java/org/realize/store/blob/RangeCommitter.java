package org.realize.store.blob;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Disk;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of blob ranges. Invariant: a committed range is durable. Adding a range syncs the file
 * first; removing one updates the row before the bytes.
 *
 * <p>What was written is committed {@link #DELAY} after the first byte of it, or at once where much
 * is pending, by a round on a thread of its own. Thread-safe; one commit runs at a time, under a
 * lock of its own: a disk reports a failed sync once, so two of one file must not overlap.
 */
final class RangeCommitter {

  /** The time that bytes may be readable before they are made durable. */
  static final Duration DELAY = Duration.ofSeconds(1);

  /** Unsynced bytes of one blob that start a round at once. */
  static final long MAX_PENDING_BYTES = 64L << 20;

  /** Blobs kept open only until their bytes are committed that start a round at once. */
  static final int MAX_IDLE = 256;

  private static final Logger LOG = LoggerFactory.getLogger(RangeCommitter.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobFiles files;
  private final BlobQueues queues;
  private final TimeSource time;

  /** The rounds that have not begun yet. */
  private final AtomicReference<@Nullable Thread> delayed = new AtomicReference<>();

  private final AtomicReference<@Nullable Thread> urgent = new AtomicReference<>();
  private final ReentrantLock committing = new ReentrantLock();
  // guarded by committing
  private boolean closed;

  RangeCommitter(
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobFiles files,
      BlobQueues queues,
      TimeSource time) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.files = files;
    this.queues = queues;
    this.time = time;
  }

  // ---- rounds

  /** Starts a round after bytes were written: {@code bytes} of their blob are pending. */
  void pending(long bytes) {
    if (delayed.get() == null) {
      start(delayed, DELAY);
    }
    if (bytes >= MAX_PENDING_BYTES) {
      start(urgent, Duration.ZERO);
    }
  }

  /** Starts a round if many blobs are open only until their bytes are committed. */
  void idle() {
    if (blobs.idleCount() > MAX_IDLE) {
      start(urgent, Duration.ZERO);
    }
  }

  /** Starts a round unless one waits in {@code round}, which it leaves when it begins. */
  private void start(AtomicReference<@Nullable Thread> round, Duration delay) {
    Thread thread =
        Thread.ofVirtual()
            .name("blob-commit " + table.arena())
            .unstarted(() -> {
              try {
                if (!delay.isZero()) {
                  time.sleep(delay);
                }
                commitRound(round);
              } catch (InterruptedException e) {
                LOG.trace("the store is closed");
              } catch (RealizeException e) {
                LOG.warn("cached bytes could not be made durable: {}", e.oneLine());
              }
            });
    if (round.compareAndSet(null, thread)) {
      thread.start();
    }
  }

  private void commitRound(AtomicReference<@Nullable Thread> round) throws RealizeException {
    committing.lock();
    try {
      round.set(null); // what is pending from now on is for the next one
      if (!closed) {
        commitAll();
      }
    } finally {
      committing.unlock();
    }
  }

  /** Commits all that is pending; no round begins any more. */
  void close() throws RealizeException {
    committing.lock();
    try {
      closed = true;
      Thread sleeping = delayed.get();
      if (sleeping != null) {
        sleeping.interrupt();
      }
      commitAll();
    } finally {
      committing.unlock();
    }
  }

  /**
   * Commits all that is pending in any blob. When it returns, no other round holds a blob: what was
   * deleted meanwhile is gone.
   */
  void commitAll() throws RealizeException {
    committing.lock();
    try {
      List<SparseBlob> all = blobs.retainPending();
      try {
        commit(all);
      } finally {
        all.forEach(files::release);
      }
    } finally {
      committing.unlock();
    }
  }

  /** Commits all that is pending in {@code blob}, which is open. */
  void commit(SparseBlob blob) throws RealizeException {
    if (blobs.retain(blob)) {
      try {
        commit(List.of(blob));
      } finally {
        files.release(blob);
      }
    }
  }

  // ---- one commit

  /** A blob whose bytes are durable, and what it takes. */
  private record Forced(SparseBlob blob, SparseBlob.Room room) {}

  private void commit(List<SparseBlob> pending) throws RealizeException {
    committing.lock();
    try {
      List<Forced> forced = new ArrayList<>();
      List<BlobTable.RangeCommit> commits = new ArrayList<>();
      RealizeException failure = null;
      for (SparseBlob blob : pending) {
        try {
          ByteRanges ranges = blob.force();
          if (!ranges.isEmpty()) {
            SparseBlob.Room room = blob.room();
            forced.add(new Forced(blob, room));
            commits.add(new BlobTable.RangeCommit(blob.row(), ranges, room.bytes()));
          }
        } catch (IOException e) {
          failure = joined(failure, blob.failure("force", e));
        }
      }
      record(forced, commits);
      if (failure != null) {
        throw failure;
      }
    } finally {
      committing.unlock();
    }
  }

  /** Writes the ranges of durable bytes to the table. */
  private void record(List<Forced> forced, List<BlobTable.RangeCommit> commits)
      throws RealizeException {
    if (commits.isEmpty()) {
      return;
    }
    try {
      directory.forceNames();
    } catch (IOException e) {
      throw Disk.failure("force the names of blobs", e);
    }
    table.commit(commits);
    for (int i = 0; i < forced.size(); i++) {
      BlobTable.RangeCommit commit = commits.get(i);
      Forced each = forced.get(i);
      queues.committed(each.blob(), each.blob().committed(commit.ranges()), each.room());
    }
  }

  private static RealizeException joined(@Nullable RealizeException first, RealizeException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  /** Takes back a range of a blob that the caller has open. */
  void takeBack(SparseBlob blob, ByteRange range) throws RealizeException {
    committing.lock();
    try {
      ByteRanges wrong = ByteRanges.of(range.startBytes(), range.endBytes());
      long before = blob.committedBytes();
      table.distrust(blob.row(), wrong);
      table.force(); // else a power cut could bring the ranges back, and not the bytes
      blob.distrust(wrong);
      queues.committed(blob, blob.committedBytes() - before, blob.room());
    } catch (IOException e) {
      throw blob.failure("forget wrong bytes of", e);
    } finally {
      committing.unlock();
    }
  }
}
