package org.realize.nima.rpc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Frames of one connection that wait for its writer, in two bounded queues. <i>Notes</i> are small,
 * never make anybody wait and go first: the thread that reads the connection may leave one, so that
 * reading never depends on writing. <i>Parts</i> of answers keep their order and make their author
 * wait for room, which is what carries the other side's slowness back to the source.
 *
 * <p>Thread-safe; all fields but the bounds are guarded by {@link #lock}.
 */
final class Outbox {

  private static final int NOTES_AT_ONCE = 64;

  /** What notes of one batch carry, beyond the last of them. */
  private static final int NOTE_BYTES_AT_ONCE = 256 << 10;

  private final int maxNotes;
  private final int maxParts;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Deque<Frame> notes = new ArrayDeque<>();
  private final Deque<Frame> parts = new ArrayDeque<>();
  private boolean closed;

  Outbox(int maxNotes, int maxParts) {
    this.maxNotes = maxNotes;
    this.maxParts = maxParts;
  }

  /** Leaves a note without waiting; false when too many wait already. Lost once closed. */
  boolean offer(Frame note) {
    lock.lock();
    try {
      if (closed) {
        return true;
      }
      if (notes.size() >= maxNotes) {
        return false;
      }
      notes.add(note);
      work.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for room and leaves a part there. False, and nothing left, once closed or when {@code
   * abandoned} says so, which is asked at the start and after each {@link #recheck}.
   */
  boolean put(Frame part, BooleanSupplier abandoned) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && !abandoned.getAsBoolean()) {
        if (parts.size() < maxParts) {
          parts.add(part);
          work.signal();
          return true;
        }
        room.await();
      }
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes all threads that wait for room, so that cancelled ones leave. */
  void recheck() {
    lock.lock();
    try {
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for frames to send next: all notes there are, up to {@value #NOTES_AT_ONCE}, then one
   * part. Empty once closed and the farewell was taken.
   */
  List<Frame> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (notes.isEmpty() && parts.isEmpty() && !closed) {
        work.await();
      }
      List<Frame> batch = new ArrayList<>();
      int bytes = 0;
      while (!notes.isEmpty() && batch.size() < NOTES_AT_ONCE && bytes < NOTE_BYTES_AT_ONCE) {
        Frame note = notes.remove();
        batch.add(note);
        bytes += note.payload().remaining();
      }
      if (!parts.isEmpty()) {
        batch.add(parts.remove());
        room.signal();
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Drops all that waits; only {@code farewell}, if any, is still sent. The first call counts. */
  void close(@Nullable Frame farewell) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      notes.clear();
      parts.clear();
      if (farewell != null) {
        notes.add(farewell);
      }
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
