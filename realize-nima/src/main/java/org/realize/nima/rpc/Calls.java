package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.Credit;
import org.realize.nima.rpc.wire.Failure;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Request;
import org.realize.nima.rpc.wire.Request.MethodCase;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls in flight of both sides of one connection. Every call ends with exactly one End or
 * Failure from the side that answers, also when it was cancelled; until then it counts against the
 * bound. Mutable fields are guarded by {@link #lock}, under which nothing waits for the network.
 */
final class Calls {

  private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

  /** The end of a connection whose other side does not read. */
  static final SessionEnd FLOODED =
      new SessionEnd(
          GoodbyeReason.GOODBYE_FLOODED, "too many small frames wait for the other side", false);

  private static final SessionEnd NO_MEMORY =
      new SessionEnd(GoodbyeReason.GOODBYE_SHUTDOWN, "out of memory while answering", false);

  private final CallHandler handler;
  private final ThreadFactory handlers;
  private final Outbox outbox;
  private final Pace pace;
  private final CallsListener listener;
  private final MostCalls most;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Map<Long, OutgoingCall> outgoing = new HashMap<>();
  private final Map<Long, IncomingCall> incoming = new HashMap<>();

  /** The deadlines of calls that wait for room. */
  private final List<Long> waiting = new ArrayList<>();

  private long lastOutgoing;
  private long lastIncoming;
  private long outgoingBytes;
  private long incomingBytes;
  private int answering;
  private @Nullable SessionEnd end;

  /** The bounds of calls that are open at once. */
  record MostCalls(int incoming, int outgoing) {}

  /** The connection that the calls belong to. */
  interface CallsListener {

    /** Ends the connection for a cause. Called under no lock. */
    void cut(SessionEnd cause);

    /** {@link Calls#expire} is to be called within {@code nanos}. Must not wait. */
    void dueIn(long nanos);
  }

  Calls(
      CallHandler handler,
      ThreadFactory handlers,
      Outbox outbox,
      Pace pace,
      CallsListener listener,
      MostCalls most) {
    this.handler = handler;
    this.handlers = handlers;
    this.outbox = outbox;
    this.pace = pace;
    this.listener = listener;
    this.most = most;
  }

  private void note(Frame frame) {
    if (!outbox.offer(frame)) {
      listener.cut(FLOODED);
    }
  }

  // ---- our calls

  /** Registers and sends a call; see {@link Session#call}. */
  OutgoingCall open(
      Request.Builder request,
      ByteBuffer payload,
      int window,
      long deadlineNanos,
      LongSupplier clock)
      throws RealizeException, InterruptedException {
    OutgoingCall call;
    boolean sent;
    lock.lockInterruptibly();
    try {
      while (end == null && !hasRoom(payload.remaining())) {
        if (deadlineNanos != FrameReader.NONE && clock.getAsLong() - deadlineNanos >= 0) {
          throw new RealizeException.TimedOut("call: too many others in flight");
        }
        waiting.add(deadlineNanos);
        try {
          due(deadlineNanos, clock.getAsLong()); // only expire notices that it has passed
          room.await();
        } finally {
          waiting.remove(deadlineNanos);
        }
      }
      if (end != null) {
        throw gone(end);
      }
      long id = ++lastOutgoing;
      call =
          new OutgoingCall(id, payload.remaining(), window, deadlineNanos, pace.down(), this::note);
      outgoing.put(id, call);
      outgoingBytes += payload.remaining();
      // Under the lock, so that calls leave in the order of their ids.
      sent = outbox.offer(Frame.request(request.setCall(id).setWindow(window).build(), payload));
    } finally {
      lock.unlock();
    }
    due(deadlineNanos, clock.getAsLong());
    if (!sent) {
      listener.cut(FLOODED);
    }
    return call;
  }

  private void due(long deadlineNanos, long nowNanos) {
    if (deadlineNanos != FrameReader.NONE) {
      listener.dueIn(deadlineNanos - nowNanos);
    }
  }

  private boolean hasRoom(int payloadBytes) {
    return outgoing.size() < most.outgoing()
        && outgoingBytes + payloadBytes <= Limits.MAX_REQUEST_BYTES;
  }

  void delivered(long id, ByteBuffer part) throws BrokenProtocol {
    ours(id, false).deliver(part);
  }

  void completed(long id) throws BrokenProtocol {
    ours(id, true).complete();
  }

  void refused(Failure failure) throws BrokenProtocol {
    RealizeException cause = FailureCodes.toException(failure.getCode(), failure.getMessage());
    ours(failure.getCall(), true).refuse(cause);
  }

  private OutgoingCall ours(long id, boolean over) throws BrokenProtocol {
    lock.lock();
    try {
      OutgoingCall call = over ? outgoing.remove(id) : outgoing.get(id);
      if (call == null) {
        throw unexpected("an answer to call " + id + ", which is not in flight");
      }
      if (over) {
        outgoingBytes -= call.payloadBytes();
        room.signalAll();
      }
      return call;
    } finally {
      lock.unlock();
    }
  }

  // ---- calls of the other side

  void requested(Request request, ByteBuffer payload, long nowNanos) throws BrokenProtocol {
    long id = request.getCall();
    long window = request.getWindow();
    if (window < Limits.MIN_WINDOW_BYTES || window > Limits.MAX_WINDOW_BYTES) {
      throw unexpected("a call with a window of " + window + " bytes");
    }
    long deadline = deadline(request, nowNanos);
    FailureCode refusal = null;
    lock.lock();
    try {
      if (id <= lastIncoming) {
        throw unexpected("call " + id + " after call " + lastIncoming);
      }
      lastIncoming = id;
      if (end != null) {
        return;
      }
      if (incomingBytes + payload.remaining() > Limits.MAX_REQUEST_BYTES) {
        throw new BrokenProtocol(
            GoodbyeReason.GOODBYE_CREDIT_EXCEEDED,
            "requests in flight carry more than " + Limits.MAX_REQUEST_BYTES + " bytes");
      }
      if (request.getMethodCase() == MethodCase.METHOD_NOT_SET) {
        refusal = FailureCode.FAILURE_UNSUPPORTED;
      } else if (incoming.size() >= most.incoming() || answering >= 2 * most.incoming()) {
        refusal = FailureCode.FAILURE_BUSY;
      } else {
        IncomingCall call = new IncomingCall(request, payload, outbox, pace.up(), deadline);
        incoming.put(id, call);
        incomingBytes += payload.remaining();
        answering++;
        handlers.newThread(() -> answer(call)).start();
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      note(Frame.failure(id, refusal, "call refused"));
    } else {
      due(deadline, nowNanos);
    }
  }

  private static long deadline(Request request, long nowNanos) {
    long millis = request.getDeadlineMillis();
    boolean forEver = millis <= 0 || millis > Integer.MAX_VALUE;
    return forEver ? FrameReader.NONE : nowNanos + millis * 1_000_000;
  }

  /** The whole life of an answer, on its own thread. */
  private void answer(IncomingCall call) {
    long id = call.request().getCall();
    Frame last;
    try {
      handler.handle(call);
      last = Frame.end(id);
    } catch (RealizeException e) {
      last = Frame.failure(id, FailureCodes.toCode(e), e.oneLine());
    } catch (InterruptedException e) {
      last = Frame.failure(id, FailureCode.FAILURE_CANCELLED, "cancelled");
    } catch (OutOfMemoryError e) {
      // What this side of the connection asked for was too much; what it holds goes with it.
      listener.cut(NO_MEMORY);
      LOG.error("answering call {}: out of memory", call.request().getMethodCase());
      last = Frame.failure(id, FailureCode.FAILURE_INTERNAL, "out of memory");
    } catch (RuntimeException | Error e) {
      LOG.error("answering call {} failed", call.request().getMethodCase(), e);
      last = Frame.failure(id, FailureCode.FAILURE_INTERNAL, "internal error");
    }
    finish(id, last);
  }

  private void finish(long id, Frame last) {
    forget(id);
    // An interrupt that came for the call must not keep its last frame back.
    Thread.interrupted();
    try {
      outbox.put(last, () -> false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      leave();
    }
  }

  private void leave() {
    lock.lock();
    try {
      answering--;
    } finally {
      lock.unlock();
    }
  }

  private void forget(long id) {
    lock.lock();
    try {
      IncomingCall call = incoming.remove(id);
      incomingBytes -= call == null ? 0 : call.payload().remaining();
    } finally {
      lock.unlock();
    }
  }

  void cancelled(long id) throws BrokenProtocol {
    IncomingCall call = theirs(id);
    if (call != null) {
      call.cancel(new RealizeException.Unreachable("cancelled by the caller"));
    }
  }

  void granted(Credit credit) throws BrokenProtocol {
    IncomingCall call = theirs(credit.getCall());
    if (call != null) {
      call.grant(credit.getBytes());
    }
  }

  /** Null for a call that is over: the frame crossed with its end. */
  private @Nullable IncomingCall theirs(long id) throws BrokenProtocol {
    lock.lock();
    try {
      if (id < 1 || id > lastIncoming) {
        throw unexpected("a frame for call " + id + ", which never was");
      }
      return incoming.get(id);
    } finally {
      lock.unlock();
    }
  }

  private static BrokenProtocol unexpected(String what) {
    return new BrokenProtocol(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, what);
  }

  // ---- time and end

  /** Ends calls whose deadline has passed; returns the nanoseconds until the next deadline. */
  long expire(long nowNanos) {
    List<OutgoingCall> ours;
    List<IncomingCall> theirs;
    List<Long> late;
    lock.lock();
    try {
      ours = List.copyOf(outgoing.values());
      theirs = List.copyOf(incoming.values());
      late = List.copyOf(waiting);
      room.signalAll();
    } finally {
      lock.unlock();
    }
    ours.forEach(call -> call.expire(nowNanos));
    theirs.forEach(call -> call.expire(nowNanos));
    return Stream.of(
            ours.stream().map(OutgoingCall::deadlineNanos),
            theirs.stream().map(IncomingCall::deadlineNanos),
            late.stream())
        .flatMap(deadlines -> deadlines)
        .filter(deadline -> deadline != FrameReader.NONE && deadline - nowNanos > 0)
        .mapToLong(deadline -> deadline - nowNanos)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Fails all calls of both sides and every later one. */
  void endAll(SessionEnd cause) {
    List<OutgoingCall> ours;
    List<IncomingCall> theirs;
    lock.lock();
    try {
      end = cause;
      ours = List.copyOf(outgoing.values());
      theirs = List.copyOf(incoming.values());
      outgoing.clear();
      incoming.clear();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    ours.forEach(call -> call.fail(gone(cause)));
    theirs.forEach(call -> call.cancel(gone(cause)));
  }

  private static RealizeException gone(SessionEnd cause) {
    return new RealizeException.Unreachable("connection ended, " + cause);
  }
}
