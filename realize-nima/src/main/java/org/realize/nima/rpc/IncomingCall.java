package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Request;
import org.realize.sync.model.RealizeException;
import org.realize.sync.rate.Throttle;

/**
 * A call of the other side, while it is answered here. Its handler's thread sends; the connection's
 * threads grant credit, cancel and expire it. Mutable fields are guarded by {@link #lock}.
 */
final class IncomingCall {

  /** A wait that ends by an interrupt when the call is cancelled. */
  @FunctionalInterface
  interface InterruptibleWait<T> {
    T run() throws RealizeException, InterruptedException;
  }

  private final Request request;
  private final ByteBuffer payload;
  private final Outbox outbox;
  private final Throttle throttle;
  private final long deadlineNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long credit;
  private @Nullable RealizeException cancelled;
  private @Nullable Thread waiting;

  /** {@code deadlineNanos} on the session's clock; {@link FrameReader#NONE} for no deadline. */
  IncomingCall(
      Request request, ByteBuffer payload, Outbox outbox, Throttle throttle, long deadlineNanos) {
    this.request = request;
    this.payload = payload;
    this.outbox = outbox;
    this.throttle = throttle;
    this.deadlineNanos = deadlineNanos;
    this.credit = request.getWindow();
  }

  Request request() {
    return request;
  }

  /** On the session's clock; {@link FrameReader#NONE} for no deadline. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** The bytes that came with the request; its position must be left alone. */
  ByteBuffer payload() {
    return payload;
  }

  /**
   * Sends one part, waiting for credit, for the throttle and for room. {@code part} must be left
   * alone from then on. Throws once the call was cancelled, its deadline passed or the connection
   * ended.
   */
  void send(ByteBuffer part) throws RealizeException, InterruptedException {
    int cost = Frame.costBytes(part.remaining());
    lock.lockInterruptibly();
    try {
      while (credit < cost && cancelled == null) {
        changed.await();
      }
      throwIfCancelled();
      credit -= cost;
    } finally {
      lock.unlock();
    }
    if (!throttle.take(cost, _ -> isCancelled())
        || !outbox.put(Frame.data(request.getCall(), part), this::isCancelled)) {
      throwIfCancelled();
      throw new RealizeException.Unreachable("answer a call: the connection ended");
    }
  }

  /** Runs {@code step}; its thread is interrupted if the call is cancelled before it ends. */
  <T> T interruptibly(InterruptibleWait<T> step) throws RealizeException, InterruptedException {
    lock.lock();
    try {
      throwIfCancelled();
      waiting = Thread.currentThread();
    } finally {
      lock.unlock();
    }
    try {
      return step.run();
    } finally {
      stopWaiting();
    }
  }

  /** From here on no interrupt of ours can come; one that came for this call is taken back. */
  private void stopWaiting() {
    lock.lock();
    try {
      waiting = null;
      if (cancelled != null) {
        Thread.interrupted();
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isCancelled() {
    lock.lock();
    try {
      return cancelled != null;
    } finally {
      lock.unlock();
    }
  }

  private void throwIfCancelled() throws RealizeException {
    lock.lock();
    try {
      if (cancelled != null) {
        throw cancelled;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The caller has room for more. */
  void grant(long bytes) throws BrokenProtocol {
    lock.lock();
    try {
      if (bytes < 1
          || bytes > Limits.MAX_WINDOW_BYTES
          || credit > Limits.MAX_WINDOW_BYTES - bytes) {
        throw new BrokenProtocol(
            GoodbyeReason.GOODBYE_UNEXPECTED_FRAME,
            "credit of " + bytes + " bytes on top of " + credit);
      }
      credit += bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Makes the handler end soon with {@code cause}. The first cause counts. */
  void cancel(RealizeException cause) {
    lock.lock();
    try {
      if (cancelled != null) {
        return;
      }
      cancelled = cause;
      changed.signalAll();
      if (waiting != null) {
        waiting.interrupt();
      }
    } finally {
      lock.unlock();
    }
    outbox.recheck();
  }

  void expire(long nowNanos) {
    if (deadlineNanos != FrameReader.NONE && nowNanos - deadlineNanos >= 0) {
      cancel(new RealizeException.TimedOut("answer a call: the caller's deadline passed"));
    }
  }
}
