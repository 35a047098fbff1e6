package org.realize.sync.move;

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.port.Disk;

/**
 * One force for all who ask for it at about the same time: who comes while one is under way, which
 * may have begun too early for him, shares the next one with all others who came. So many small
 * files cost few waits for the disk. Mutable fields are guarded by the lock, which nobody holds
 * while the disk is forced. Thread-safe.
 */
final class SharedForce {

  /** One force, and how it ended. */
  private static final class Round {
    private boolean isOver;
    private @Nullable IOException failure;
  }

  private final Disk disk;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Round next = new Round();
  private boolean running;

  SharedForce(Disk disk) {
    this.disk = disk;
  }

  /** Returns when all that the caller did before is durable. */
  void force() throws IOException {
    Round mine;
    boolean leads;
    lock.lock();
    try {
      mine = next;
      while (running && !mine.isOver) {
        changed.awaitUninterruptibly();
      }
      leads = !mine.isOver;
      if (leads) {
        next = new Round();
        running = true;
      }
    } finally {
      lock.unlock();
    }
    if (leads) {
      lead(mine);
    }
    IOException failure = mine.failure;
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  private void lead(Round round) {
    IOException failure = new IOException("the force did not end");
    try {
      disk.forceAll();
      failure = null;
    } catch (IOException e) {
      failure = e;
    } finally {
      end(round, failure);
    }
  }

  private void end(Round round, @Nullable IOException failure) {
    lock.lock();
    try {
      round.failure = failure;
      round.isOver = true;
      running = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
