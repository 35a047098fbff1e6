package org.realize.nima.rpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.Goodbye;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Pong;
import org.realize.nima.rpc.wire.Request;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;

/**
 * One connection after both Hellos: frames in, frames out, and the calls of both sides over it. It
 * does not matter who dialled.
 *
 * <p>Two threads of its own: the <i>reader</i> takes frames and never waits for anything but the
 * other side's bytes; the <i>writer</i> sends what lies in the outbox. All that depends on time
 * happens in {@link #tick}, which says when it wants to be called next. Everything else is
 * thread-safe by the locks of {@link Outbox}, {@link Calls} and the calls themselves.
 */
final class Session {

  /** How often a wait for an answer is looked at. */
  private static final Duration STEP = Duration.ofMillis(100);

  private final Wire wire;
  private final FrameReader frames;
  private final Limits limits;
  private final TimeSource time;
  private final Outbox outbox;
  private final Pace pace;
  private final LongConsumer due;
  private final Calls calls;
  private final Consumer<SessionEnd> onEnd;
  private final Thread reader;
  private final Thread writer;
  private final CountDownLatch threadsLeft = new CountDownLatch(2);
  private final AtomicReference<@Nullable SessionEnd> end = new AtomicReference<>();
  private final AtomicLong pingsSent = new AtomicLong();

  /** Callers that wait for answers, see {@link #waiting()}. */
  private final AtomicInteger waiting = new AtomicInteger();

  private final AtomicBoolean probing = new AtomicBoolean();
  private final AtomicBoolean checking = new AtomicBoolean();
  private volatile long endedNanos;
  private volatile long sentNanos;
  private volatile long writingSince = FrameReader.NONE;
  private volatile long pingNanos;
  private volatile long pongsHeard;
  private volatile long roundTripNanos;

  /**
   * The parts of a session.
   *
   * @param label names the session's threads
   * @param peerMaxCalls how many calls the other side takes at once
   * @param pace how fast the parts of answers are sent and taken
   * @param threads makes the two threads, platform threads where much data flows
   * @param handlers makes one thread per call of the other side
   * @param due given the nanoseconds within which {@link #tick} is to be called, when that is
   *     perhaps sooner than its last call said
   * @param onEnd told once, on any thread, when the session ended
   */
  record SessionParts(
      String label,
      Wire wire,
      FrameReader frames,
      int peerMaxCalls,
      Limits limits,
      CallHandler handler,
      TimeSource time,
      Pace pace,
      ThreadFactory threads,
      ThreadFactory handlers,
      LongConsumer due,
      Consumer<SessionEnd> onEnd) {}

  Session(SessionParts parts) {
    wire = parts.wire();
    frames = parts.frames();
    limits = parts.limits();
    time = parts.time();
    pace = parts.pace();
    due = parts.due();
    onEnd = parts.onEnd();
    outbox = new Outbox(limits.maxReplies(), limits.maxDataFrames());
    calls =
        new Calls(
            parts.handler(),
            parts.handlers(),
            outbox,
            pace,
            new Calls.CallsListener() {
              @Override
              public void cut(SessionEnd cause) {
                end(cause, true);
              }

              @Override
              public void dueIn(long nanos) {
                due.accept(nanos);
              }
            },
            new Calls.MostCalls(limits.maxCalls(), parts.peerMaxCalls()));
    reader = parts.threads().newThread(this::readAll);
    reader.setName("rpc-read-" + parts.label());
    writer = parts.threads().newThread(this::writeAll);
    writer.setName("rpc-write-" + parts.label());
    sentNanos = time.monotonicNanos();
  }

  void start() {
    ping();
    reader.start();
    writer.start();
  }

  /**
   * Starts a call: sends {@code request}, of which only the method is set. {@code deadline} is from
   * now; null for a call that may last for ever. Waits, within the deadline, while as many calls as
   * the other side takes are in flight. {@code windowBytes} bounds what may arrive before it is
   * taken.
   */
  OutgoingCall call(Request.Builder request, int windowBytes, @Nullable Duration deadline)
      throws RealizeException, InterruptedException {
    return call(request, Frame.NOTHING, windowBytes, deadline);
  }

  /**
   * As the other, with bytes that must be left alone from then on. They wait for the pace before
   * the deadline begins.
   */
  OutgoingCall call(
      Request.Builder request, ByteBuffer payload, int windowBytes, @Nullable Duration deadline)
      throws RealizeException, InterruptedException {
    if (payload.hasRemaining()) {
      int cost = Frame.costBytes(payload.remaining());
      boolean _ = pace.up().take(cost, _ -> end.get() != null);
    }
    long deadlineNanos = FrameReader.NONE;
    if (deadline != null) {
      deadlineNanos = time.monotonicNanos() + deadline.toNanos();
      request.setDeadlineMillis(Math.max(1, deadline.toMillis()));
    }
    return calls.open(request, payload, windowBytes, deadlineNanos, time::monotonicNanos);
  }

  // ---- reading

  private void readAll() {
    try {
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        dispatch(frame);
      }
      end(new SessionEnd(GoodbyeReason.GOODBYE_UNSPECIFIED, "connection closed", true), false);
    } catch (BrokenProtocol e) {
      end(new SessionEnd(e.reason(), String.valueOf(e.getMessage()), false), true);
      drain();
    } catch (IOException | RuntimeException | Error e) {
      String message = "connection lost: " + describe(e);
      end(new SessionEnd(GoodbyeReason.GOODBYE_UNSPECIFIED, message, true), false);
    } finally {
      wire.abort();
      threadsLeft.countDown();
    }
  }

  /**
   * Takes what still comes, so that our Goodbye is not lost to a reset; {@link #tick} bounds it.
   */
  private void drain() {
    byte[] sink = new byte[8192];
    try {
      int count = 0;
      while (count >= 0) {
        count = wire.read(sink, 0, sink.length);
      }
    } catch (IOException | RuntimeException e) {
      wire.abort();
    }
  }

  private void dispatch(Frame frame) throws BrokenProtocol {
    var header = frame.header();
    switch (header.getKindCase()) {
      case REQUEST -> calls.requested(header.getRequest(), frame.payload(), time.monotonicNanos());
      case DATA -> calls.delivered(header.getData().getCall(), frame.payload());
      case END -> calls.completed(header.getEnd().getCall());
      case FAILURE -> calls.refused(header.getFailure());
      case CANCEL -> calls.cancelled(header.getCancel().getCall());
      case CREDIT -> calls.granted(header.getCredit());
      case PING -> note(Frame.pong(header.getPing().getNonce()));
      case PONG -> pong(header.getPong());
      case GOODBYE -> goodbye(header.getGoodbye());
      case HELLO ->
          throw new BrokenProtocol(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, "a second Hello");
      case KIND_NOT_SET ->
          throw new BrokenProtocol(GoodbyeReason.GOODBYE_MALFORMED_FRAME, "header without kind");
    }
  }

  private void pong(Pong pong) throws BrokenProtocol {
    if (pong.getNonce() != pongsHeard + 1 || pong.getNonce() > pingsSent.get()) {
      throw new BrokenProtocol(GoodbyeReason.GOODBYE_UNEXPECTED_FRAME, "a Pong without its Ping");
    }
    roundTripNanos = time.monotonicNanos() - pingNanos;
    pongsHeard = pong.getNonce();
  }

  /** The other side has ended. Both may have said Goodbye at once, and neither waits for more. */
  private void goodbye(Goodbye goodbye) {
    end(new SessionEnd(goodbye.getReason(), goodbye.getMessage(), true), false);
    wire.abort();
  }

  // ---- writing

  private void writeAll() {
    try {
      for (List<Frame> batch = outbox.take(); !batch.isEmpty(); batch = outbox.take()) {
        ByteBuffer[] buffers = new ByteBuffer[2 * batch.size()];
        int count = 0;
        for (Frame frame : batch) {
          buffers[count++] = frame.head();
          buffers[count++] = frame.payload().duplicate();
        }
        writingSince = time.monotonicNanos();
        wire.write(buffers);
        sentNanos = time.monotonicNanos();
        writingSince = FrameReader.NONE;
      }
    } catch (IOException | RuntimeException | Error e) {
      String message = "connection lost: " + describe(e);
      end(new SessionEnd(GoodbyeReason.GOODBYE_UNSPECIFIED, message, true), false);
    } catch (InterruptedException e) {
      end(new SessionEnd(GoodbyeReason.GOODBYE_SHUTDOWN, "interrupted", false), false);
    } finally {
      writingSince = FrameReader.NONE;
      threadsLeft.countDown();
    }
  }

  /** Sends a small frame without waiting; a peer that lets too many pile up is cut. */
  private void note(Frame frame) {
    if (!outbox.offer(frame)) {
      end(Calls.FLOODED, true);
    }
  }

  /** Sends a Ping, unless one is not answered yet. */
  private synchronized void ping() {
    if (pongsHeard == pingsSent.get()) {
      pingNanos = time.monotonicNanos();
      note(Frame.ping(pingsSent.incrementAndGet()));
    }
  }

  // ---- silence

  /** A caller that waits for an answer which the other side has at hand, until it is closed. */
  interface AwaitedAnswer extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Watches over a wait for an answer: once nothing has come for {@link Limits#quiet}, the other
   * side is pinged, and the connection is cut if nothing comes for a further {@link Limits#probe}.
   * So a connection that went dead unseen costs the first reader two seconds, and the next one
   * nothing.
   */
  AwaitedAnswer waiting() {
    waiting.incrementAndGet();
    if (probing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("rpc-probe").start(this::probe);
    }
    return waiting::decrementAndGet;
  }

  /**
   * Has the other side answer soon or be cut, as {@link #waiting} does, though nobody waits.
   * Returns at once.
   */
  void check() {
    if (checking.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("rpc-check")
          .start(() -> {
            try (AwaitedAnswer _ = waiting()) {
              time.sleep(limits.quiet().plus(limits.probe()).plus(STEP.multipliedBy(5)));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            } finally {
              checking.set(false);
            }
          });
    }
  }

  private void probe() {
    try {
      do {
        probeWhileSomebodyWaits();
        probing.set(false);
      } while (waiting.get() > 0 && end.get() == null && probing.compareAndSet(false, true));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Steps are counted, too: a process that was stopped itself has not listened meanwhile. */
  private void probeWhileSomebodyWaits() throws InterruptedException {
    long probed = FrameReader.NONE;
    int steps = 0;
    while (waiting.get() > 0 && end.get() == null) {
      long now = time.monotonicNanos();
      boolean isAnswered = probed == FrameReader.NONE || frames.heardNanos() - probed > 0;
      if (isAnswered && exceeded(frames.heardNanos(), now, limits.quiet())) {
        ping();
        probed = now;
        steps = 0;
      } else if (isAnswered) {
        probed = FrameReader.NONE;
      } else if (++steps >= limits.probe().dividedBy(STEP)) {
        String message = "nothing heard for %d ms".formatted((now - probed) / 1_000_000);
        end(new SessionEnd(GoodbyeReason.GOODBYE_SILENT, message, false), true);
      }
      time.sleep(STEP);
    }
  }

  // ---- time

  /**
   * Does what is due: keep-alive, deadlines, and cutting a peer that stalls or fell silent.
   *
   * @return the nanoseconds until it is to be called again, if {@code due} is not notified before
   */
  long tick() {
    long now = time.monotonicNanos();
    if (end.get() != null) {
      if (exceeded(endedNanos, now, limits.farewell())) {
        wire.abort();
      }
      return limits.farewell().toNanos();
    }
    if (exceeded(frames.frameSince(), now, limits.stall())) {
      end(
          new SessionEnd(GoodbyeReason.GOODBYE_STALLED, "a frame begun, not finished", false),
          true);
    } else if (exceeded(writingSince, now, limits.stall())) {
      end(new SessionEnd(GoodbyeReason.GOODBYE_STALLED, "our frames are not taken", false), true);
    } else if (exceeded(frames.heardNanos(), now, limits.silence())) {
      end(new SessionEnd(GoodbyeReason.GOODBYE_SILENT, "nothing heard for too long", false), true);
    } else if (now - sentNanos >= limits.keepAlive().toNanos()) {
      ping();
    }
    long next = calls.expire(now);
    next = Math.min(next, left(frames.frameSince(), now, limits.stall()));
    next = Math.min(next, left(writingSince, now, limits.stall()));
    next = Math.min(next, left(frames.heardNanos(), now, limits.silence()));
    long quiet = limits.keepAlive().toNanos() - (now - sentNanos);
    // A Ping that is to be sent, or to be answered: the next one is due after that.
    return Math.min(next, quiet > 0 ? quiet : limits.keepAlive().toNanos());
  }

  /** The time until a limit is exceeded; the whole limit for what has not begun. */
  private static long left(long startNanos, long now, Duration limit) {
    return limit.toNanos() + 1 - (startNanos == FrameReader.NONE ? 0 : now - startNanos);
  }

  private static boolean exceeded(long startNanos, long now, Duration limit) {
    return startNanos != FrameReader.NONE && now - startNanos > limit.toNanos();
  }

  // ---- the end

  /** Says Goodbye and ends: all calls of both sides fail. Returns at once. Idempotent. */
  void close(GoodbyeReason reason, String message) {
    end(new SessionEnd(reason, message, false), true);
  }

  /** The first end counts. */
  private void end(SessionEnd cause, boolean farewell) {
    if (!end.compareAndSet(null, cause)) {
      return;
    }
    endedNanos = time.monotonicNanos();
    outbox.close(farewell ? Frame.goodbye(cause.reason(), cause.message()) : null);
    if (!farewell) {
      wire.abort();
    }
    calls.endAll(cause);
    pace.end();
    due.accept(limits.farewell().toNanos() + 1);
    onEnd.accept(cause);
  }

  /** Waits until both threads have ended; false if they have not within {@code timeout}. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return threadsLeft.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** True once both threads have ended. */
  boolean isOver() {
    return threadsLeft.getCount() == 0;
  }

  /** Why the session ended; null while it lasts. */
  @Nullable SessionEnd ended() {
    return end.get();
  }

  /** Of the last Ping that was answered; zero before the first. */
  Duration roundTrip() {
    return Duration.ofNanos(roundTripNanos);
  }

  private static String describe(Throwable e) {
    Throwable cause = e;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
