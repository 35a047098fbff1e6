package org.realize.store.journal;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;

/**
 * The commits between their writers, the committer and the applier, and the state of the log as a
 * whole: open, closing or failed.
 *
 * <p>Thread-safe; one lock guards everything and is never held while anything is read or written.
 * Bound: {@link #MAX_BYTES} from submission to application; a writer beyond that waits its turn, in
 * order of arrival.
 */
final class CommitQueue {
  /** What may wait or be on its way to the tables, in bytes. */
  static final long MAX_BYTES = 32L << 20;

  /** Commits are merged up to this; only a larger single commit makes a larger batch. */
  static final long MAX_BATCH_BYTES = 8L << 20;

  private static final Duration TURN_LIMIT = Duration.ofMinutes(10);
  private static final Duration TURN_POLL = Duration.ofMillis(500);

  private final StoreRoom storeRoom;

  /** The commits in flight that a failure has to tell. */
  private final Set<Commit> unsettled = new HashSet<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();

  private final ArrayDeque<Commit> waiting = new ArrayDeque<>();
  private final Set<Commit> durableWanted = new HashSet<>();
  private final ArrayDeque<Long> turns = new ArrayDeque<>();
  private Commit last = Commit.none(this);
  private long nextTurn;
  private long bytesInFlight;
  private long bytesToJournal;
  private long batchesJournaled;
  private long batchesApplied;
  private long durableThrough;
  private int awaitingApplied;
  private boolean closing;
  private @Nullable Throwable failure;

  CommitQueue(StoreRoom storeRoom) {
    this.storeRoom = storeRoom;
  }

  /**
   * The next work of the committer.
   *
   * @param batch the number of the batch; of the last one if there are no commits
   * @param commits in order; empty if only a flush is wanted
   * @param flush whether somebody waits for one of these commits, or an earlier one, to be durable
   */
  record Round(long batch, List<Commit> commits, boolean flush) {}

  /**
   * Waits for its turn and room in flight, then counts the commit as in flight.
   *
   * @param isVital true for a commit that waits for neither
   * @return the bytes of the journal that it and those before it are going to take
   */
  long reserve(Commit commit, boolean isVital) throws RealizeException.StorageFailed, DiskFull {
    lock.lock();
    try {
      requireOpen();
      if (!isVital) {
        awaitTurn(commit.bytes());
      }
      bytesInFlight += commit.bytes();
      bytesToJournal += commit.journalBytes();
      return bytesToJournal;
    } finally {
      lock.unlock();
    }
  }

  private void awaitTurn(long bytes) throws RealizeException.StorageFailed, DiskFull {
    long turn = nextTurn++;
    turns.add(turn);
    long begin = System.nanoTime();
    boolean interrupted = false;
    try {
      while (turns.element() != turn || (bytesInFlight > 0 && bytesInFlight + bytes > MAX_BYTES)) {
        storeRoom.requireHope();
        if (System.nanoTime() - begin > TURN_LIMIT.toNanos()) {
          throw new RealizeException.StorageFailed("waited " + TURN_LIMIT + " to commit", null);
        }
        try {
          room.awaitNanos(TURN_POLL.toNanos());
        } catch (InterruptedException e) {
          interrupted = true;
        }
        requireOpen();
      }
    } finally {
      turns.remove(turn);
      room.signalAll();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Takes a reservation back. */
  void release(Commit commit) {
    lock.lock();
    try {
      bytesInFlight -= commit.bytes();
      bytesToJournal -= commit.journalBytes();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Hands a commit, whose room is reserved, to the committer. */
  void submit(Commit commit) throws RealizeException.StorageFailed {
    lock.lock();
    try {
      requireOpen();
      waiting.add(commit);
      last = commit;
      unsettled.add(commit);
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Asks for a flush unless the commit is durable already. */
  void requireDurable(Commit commit) {
    lock.lock();
    try {
      if (commit.batch() >= 0 && commit.batch() <= durableThrough) {
        commit.madeDurable();
      } else if (failure != null) {
        commit.fail(failure);
      } else {
        durableWanted.add(commit);
        work.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next round; null once the queue is empty and closing, or failed. */
  @Nullable Round take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && durableWanted.isEmpty() && !closing && failure == null) {
        work.await();
      }
      if (failure != null || (waiting.isEmpty() && durableWanted.isEmpty())) {
        return null;
      }
      List<Commit> commits = new ArrayList<>();
      long bytes = 0;
      while (!waiting.isEmpty()
          && (commits.isEmpty() || bytes + waiting.element().bytes() <= MAX_BATCH_BYTES)) {
        Commit commit = waiting.remove();
        bytes += commit.bytes();
        commits.add(commit);
      }
      long batch = commits.isEmpty() ? batchesJournaled : batchesJournaled + 1;
      return new Round(batch, commits, !durableWanted.isEmpty());
    } finally {
      lock.unlock();
    }
  }

  /** Notes that a round is in the journal. */
  void journaled(Round round) {
    lock.lock();
    try {
      batchesJournaled = round.batch();
      for (Commit commit : round.commits()) {
        commit.joined(round.batch());
        bytesToJournal -= commit.journalBytes();
        unsettled.remove(commit);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes that the journal was flushed through this batch, and tells who waited for that. */
  void flushed(long batch) {
    List<Commit> done = new ArrayList<>();
    lock.lock();
    try {
      durableThrough = Math.max(durableThrough, batch);
      durableWanted.removeIf(commit -> {
        boolean reached = commit.batch() >= 0 && commit.batch() <= durableThrough;
        if (reached) {
          done.add(commit);
        }
        return reached;
      });
    } finally {
      lock.unlock();
    }
    done.forEach(Commit::madeDurable);
  }

  /** Notes that the tables hold a round. */
  void applied(Round round) {
    lock.lock();
    try {
      for (Commit commit : round.commits()) {
        bytesInFlight -= commit.bytes();
      }
      batchesApplied = round.batch();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The commit submitted last; one that is durable at once if there was none. */
  Commit lastCommit() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything that was submitted before is applied. */
  void awaitApplied(Duration limit) throws RealizeException.StorageFailed {
    lock.lock();
    try {
      awaitingApplied++;
      long left = limit.toNanos();
      Commit before = last;
      while (failure == null && (before.batch() < 0 || batchesApplied < before.batch())) {
        if (left <= 0) {
          throw new RealizeException.StorageFailed("waited " + limit + " for the tables", null);
        }
        try {
          left = room.awaitNanos(left);
        } catch (InterruptedException e) {
          throw new RealizeException.StorageFailed("interrupted while waiting for the tables", e);
        }
      }
      requireWorking();
    } finally {
      awaitingApplied--;
      lock.unlock();
    }
  }

  /** True if somebody waits until the tables hold what was submitted, or for the end. */
  boolean isAwaited() {
    lock.lock();
    try {
      return closing || awaitingApplied > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Lets what waits pass, and nothing new. */
  void close() {
    lock.lock();
    try {
      closing = true;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Stops the log and tells every waiter; whether this was the first failure. */
  boolean fail(Throwable cause) {
    Set<Commit> told;
    lock.lock();
    try {
      if (failure != null) {
        return false;
      }
      failure = cause;
      told = new HashSet<>(unsettled);
      told.addAll(durableWanted);
      unsettled.clear();
      durableWanted.clear();
      waiting.clear();
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    told.forEach(commit -> commit.fail(cause));
    return true;
  }

  /** True once nothing new is let in. */
  boolean isClosing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  /** Why the log stopped; null while it works. */
  @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private void requireOpen() throws RealizeException.StorageFailed {
    requireWorking();
    if (closing) {
      throw new RealizeException.StorageFailed("store is closed", null);
    }
  }

  private void requireWorking() throws RealizeException.StorageFailed {
    if (failure != null) {
      throw new RealizeException.StorageFailed("store stopped", failure);
    }
  }
}
