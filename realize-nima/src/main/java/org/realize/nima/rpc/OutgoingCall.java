package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.sync.model.RealizeException;
import org.realize.sync.rate.Throttle;

/**
 * Our call to the other side, while it is answered there. The caller's thread takes the parts of
 * the answer; the thread that reads the connection brings them and never waits: what may arrive
 * before the caller takes it is bounded by the credit, which grows only as the caller takes.
 *
 * <p>Mutable fields are guarded by {@link #lock}.
 */
final class OutgoingCall implements AutoCloseable {

  private final long id;
  private final int payloadBytes;
  private final int window;
  private final long deadlineNanos;
  private final Throttle throttle;
  private final Consumer<Frame> notes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<ByteBuffer> parts = new ArrayDeque<>();
  private long credit;
  private long taken;
  private boolean over;
  private boolean abandoned;
  private @Nullable RealizeException failure;

  /**
   * {@code deadlineNanos} on the session's clock, {@link FrameReader#NONE} for no deadline; {@code
   * throttle} is how fast parts are taken; {@code notes} sends a small frame without waiting.
   */
  OutgoingCall(
      long id,
      int payloadBytes,
      int window,
      long deadlineNanos,
      Throttle throttle,
      Consumer<Frame> notes) {
    this.id = id;
    this.payloadBytes = payloadBytes;
    this.window = window;
    this.credit = window;
    this.deadlineNanos = deadlineNanos;
    this.throttle = throttle;
    this.notes = notes;
  }

  long id() {
    return id;
  }

  /** On the session's clock; {@link FrameReader#NONE} for no deadline. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** What the request carries beside its header. */
  int payloadBytes() {
    return payloadBytes;
  }

  /**
   * Waits for the next part of the answer and for the throttle; null when it is complete. Throws
   * the failure that the other side answered with, {@code TimedOut} at the deadline, {@code
   * Unreachable} when the connection ended. Parts that came before a failure are handed out first.
   */
  @Nullable ByteBuffer next() throws RealizeException, InterruptedException {
    ByteBuffer part = arrived();
    if (part != null) {
      int cost = Frame.costBytes(part.remaining());
      if (!throttle.take(cost, this::isGivenUp)) {
        throw tooLate();
      }
      taken(cost);
    }
    return part;
  }

  private @Nullable ByteBuffer arrived() throws RealizeException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (parts.isEmpty() && !over && failure == null) {
        changed.await();
      }
      ByteBuffer part = parts.poll();
      if (part == null && failure != null) {
        throw failure;
      }
      return part;
    } finally {
      lock.unlock();
    }
  }

  /** The other side may send as much again, announced half a window at a time. */
  private void taken(int cost) {
    long grant = 0;
    lock.lock();
    try {
      taken += cost;
      if (taken >= window / 2 && !over && failure == null) {
        grant = taken;
        credit += taken;
        taken = 0;
      }
    } finally {
      lock.unlock();
    }
    if (grant > 0) {
      notes.accept(Frame.credit(id, grant));
    }
  }

  /** The caller has cancelled, or the deadline has passed, be the answer complete or not. */
  private boolean isGivenUp(long nowNanos) {
    lock.lock();
    try {
      return abandoned || isPast(nowNanos);
    } finally {
      lock.unlock();
    }
  }

  private boolean isPast(long nowNanos) {
    return deadlineNanos != FrameReader.NONE && nowNanos - deadlineNanos >= 0;
  }

  /** Drops what was held back until the deadline; why there is nothing more. */
  private RealizeException tooLate() {
    lock.lock();
    try {
      parts.clear();
      if (failure == null) {
        failure = new RealizeException.TimedOut("not all of the answer taken before the deadline");
      }
      return failure;
    } finally {
      lock.unlock();
    }
  }

  /** A part arrived. */
  void deliver(ByteBuffer part) throws BrokenProtocol {
    int cost = Frame.costBytes(part.remaining());
    lock.lock();
    try {
      if (cost > credit) {
        throw new BrokenProtocol(
            GoodbyeReason.GOODBYE_CREDIT_EXCEEDED,
            "data of " + cost + " bytes with credit for " + credit);
      }
      credit -= cost;
      if (!abandoned) {
        parts.add(part);
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** The answer is complete. */
  void complete() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The other side answered with a failure; parts that came before are still handed out. */
  void refuse(RealizeException cause) {
    lock.lock();
    try {
      fail(cause);
      over = true;
    } finally {
      lock.unlock();
    }
  }

  /** There is no further answer. The first failure counts. */
  void fail(RealizeException cause) {
    lock.lock();
    try {
      if (!over && failure == null) {
        failure = cause;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Fails the call and tells the other side, if its deadline has passed. */
  void expire(long nowNanos) {
    if (isPast(nowNanos)) {
      fail(new RealizeException.TimedOut("no answer before the deadline"));
      close();
    }
  }

  /** Gives up the rest of the answer, if there is one, and tells the other side. Idempotent. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (abandoned || over) {
        return;
      }
      abandoned = true;
      parts.clear();
      fail(new RealizeException.Unreachable("call given up"));
    } finally {
      lock.unlock();
    }
    notes.accept(Frame.cancel(id));
  }
}
