package org.realize.sync.move;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Work that is as cheap for many as for one, done for all who ask for it at about the same time:
 * who comes while some is under way shares the next with all others who came. One of those who wait
 * does it. Mutable fields are guarded by the lock, which nobody holds while the work is done.
 * Thread-safe.
 */
final class Together<T> {

  /** The work of one round, for all its items; each item holds its result. */
  interface BatchWork<T> {
    void run(List<T> items);
  }

  /** The callers that share one run. */
  private static final class BatchRound<T> {
    private final List<T> items = new ArrayList<>();
    private boolean isOver;
  }

  private final BatchWork<T> work;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private BatchRound<T> next = new BatchRound<>();
  private boolean running;

  Together(BatchWork<T> work) {
    this.work = work;
  }

  /** Returns when the work, begun after this was called, is over for the item. */
  void join(T item) {
    BatchRound<T> mine;
    boolean leads;
    lock.lock();
    try {
      mine = next;
      mine.items.add(item);
      while (running && !mine.isOver) {
        changed.awaitUninterruptibly();
      }
      leads = !mine.isOver;
      if (leads) {
        next = new BatchRound<>();
        running = true;
      }
    } finally {
      lock.unlock();
    }
    if (leads) {
      lead(mine);
    }
  }

  private void lead(BatchRound<T> round) {
    try {
      work.run(List.copyOf(round.items));
    } finally {
      lock.lock();
      try {
        round.isOver = true;
        running = false;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
