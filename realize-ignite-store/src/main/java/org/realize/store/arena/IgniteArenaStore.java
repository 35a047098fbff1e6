package org.realize.store.arena;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.Commit;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.RowBatch;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener;

/**
 * One arena's state on the commit log. Thread-safe.
 *
 * <p>A change runs under the arena's lock over the rows that earlier changes have staged; the lock
 * is released before the change waits for its commit, so that waiting changes share one batch. A
 * change that needs a new range of inodes takes the lock of the ranges too, until its rows are in
 * the queue: the range and what uses it are one commit.
 *
 * <p>Costs: a query some 0.5 µs per row that is cached and 2 to 10 µs per row that is not; a change
 * of one path writes about six rows, 0.1 to 0.2 ms alone, several thousand a second side by side;
 * thousands of paths in one change cost some 20 µs each.
 */
public final class IgniteArenaStore implements ArenaStore {
  /**
   * After this long without an answer the disk is taken for lost. Disks that spin up, or order what
   * they have written, take minutes.
   */
  private static final Duration COMMIT_LIMIT = Duration.ofMinutes(10);

  private final ArenaName arena;
  private final int number;
  private final CommitLog log;
  private final InodeSource inodes;
  private final Inode root;
  private final Notices notices = new Notices();
  private final ReentrantLock writer = new ReentrantLock();
  private volatile boolean closed;

  /** The store of an arena whose space has its first row. */
  public IgniteArenaStore(ArenaName arena, int number, CommitLog log, InodeSource inodes)
      throws StorageFailed {
    this.arena = arena;
    this.number = number;
    this.log = log;
    this.inodes = inodes;
    byte[] head = Objects.requireNonNull(log.get(ArenaRows.headKey(number)), "no head");
    this.root = new Inode(new Head(head).root);
  }

  /** Puts the first row of a new arena, whose root is the first inode of its range. */
  public static void create(int number, InodeSource.InodeRange range, RowBatch rows) {
    Head head = new Head(range.start(), range.end());
    rows.put(ArenaRows.headKey(number), head.encode());
  }

  @Override
  public ArenaName arena() {
    return arena;
  }

  @Override
  public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
    requirePresent();
    ArenaRows rows = new ArenaRows(arena, number, root, new Durable());
    return log.<T, RealizeException>readWhole(number, () -> query.run(rows));
  }

  /** The rows as readers see them. */
  private final class Durable implements RowSource {
    @Override
    public byte @Nullable [] get(RowKey key) throws StorageFailed {
      return log.get(key);
    }

    @Override
    public Bucket bucket(RowKey key) throws StorageFailed {
      return Bucket.of(log.get(key));
    }
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
    return write(change, log::submit);
  }

  @Override
  public <T extends @Nullable Object> T free(StoreChange<T> change) throws RealizeException {
    return write(change, log::submitVital);
  }

  /** The way of a commit into the log. */
  private interface CommitPath {
    Commit submit(RowBatch rows) throws StorageFailed, DiskFull;
  }

  private <T extends @Nullable Object> T write(StoreChange<T> change, CommitPath path)
      throws RealizeException {
    if (writer.isHeldByCurrentThread()) {
      throw new IllegalStateException("a change within a change");
    }
    requireNotReading();
    T result;
    Commit commit;
    Notices.Notice notice;
    writer.lock();
    try (InodeSource.Taking taking = inodes.taking(number)) {
      requirePresent();
      ArenaChanges changes = new ArenaChanges(arena, number, root, new RowChanges(log), taking);
      result = change.run(changes);
      RowBatch rows = changes.finish();
      if (rows.count() == 0) {
        return result;
      }
      commit = path.submit(rows);
      taking.submitted();
      CommitListener.CommittedChanges committed = changes.committed();
      boolean notable = changes.movedHead() || !committed.isEmpty();
      notice = notable ? notices.submitted(committed) : null;
    } finally {
      writer.unlock();
    }
    await(commit);
    if (notice != null) {
      notices.visible(notice);
    }
    return result;
  }

  private void await(Commit commit) throws StorageFailed {
    try {
      commit.awaitAcknowledged(COMMIT_LIMIT);
    } catch (StorageFailed e) {
      log.fail(e);
      throw e;
    }
  }

  @Override
  public void force() throws StorageFailed {
    requirePresent();
    requireNotReading();
    log.force(COMMIT_LIMIT);
  }

  /** A commit that waits within a query would wait for the query's end. */
  private void requireNotReading() {
    if (log.isReading(number)) {
      throw new IllegalStateException("a change within a query");
    }
  }

  @Override
  public void addListener(CommitListener listener) {
    notices.add(listener);
  }

  /** Ends all use of the arena: waits for the change that runs, and lets no other in. */
  public void close() {
    writer.lock();
    try {
      closed = true;
    } finally {
      writer.unlock();
    }
  }

  private void requirePresent() throws StorageFailed {
    if (closed) {
      throw new StorageFailed("arena " + arena + " is closed", null);
    }
  }
}
