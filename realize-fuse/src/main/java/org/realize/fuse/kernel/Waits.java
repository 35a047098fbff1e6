package org.realize.fuse.kernel;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.fuse.sys.Failures;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one mount that wait for bytes from a peer, each on a virtual thread of its own,
 * at most {@value #MAX_WAITS} at a time. There is no time-out here: what a handler waits for has
 * its own. A request that the kernel or the end of the mount interrupts answers EINTR. Thread-safe.
 */
final class Waits {

  private static final Logger LOG = LoggerFactory.getLogger(Waits.class);
  private static final int MAX_WAITS = 4096;

  private final Device device;
  private final Owner owner;
  private final BufferPool buffers = new BufferPool();
  private final Semaphore freeSlots = new Semaphore(MAX_WAITS);
  private final ConcurrentHashMap<Long, Wait> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Waits(Device device, Owner owner) {
    this.device = device;
    this.owner = owner;
  }

  /** The mount's device, which answers are written to. */
  Device device() {
    return device;
  }

  /**
   * The handler of a request that may wait: it fills a reply, and returns the body's length, a
   * negated errno, or {@link Reply#NONE} where it has answered itself.
   */
  @FunctionalInterface
  interface WaitHandler {
    int fill(Reply reply) throws RealizeException, InterruptedException;
  }

  /**
   * A request that is to be handled by a thread that may wait.
   *
   * @param channel the descriptor that the answer is written to
   * @param unique the kernel's number of the request
   * @param sizeBytes the longest body of the answer
   */
  record Wanted(int channel, long unique, int sizeBytes, WaitHandler handler) {}

  /** Starts a wait that writes the answer; false, and none is written, where too many wait. */
  boolean start(Wanted wanted) {
    if (!freeSlots.tryAcquire()) {
      LOG.warn("{} requests wait for bytes already, one more is refused", MAX_WAITS);
      return false;
    }
    Wait wait = new Wait(wanted);
    running.put(wanted.unique(), wait);
    if (closed) {
      wait.interrupt();
    }
    wait.thread.start();
    return true;
  }

  /** Interrupts this request; false when it does not wait. */
  boolean interrupt(long unique) {
    Wait wait = running.get(unique);
    if (wait == null) {
      return false;
    }
    wait.interrupt();
    return true;
  }

  /** Interrupts all waits, also those that are started later. */
  void close() {
    closed = true;
    running.values().forEach(Wait::interrupt);
  }

  /** Waits until all have ended, and allows no more then; false if the time ran out first. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return freeSlots.tryAcquire(MAX_WAITS, timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private final class Wait implements Runnable {

    private final Wanted wanted;
    private final Thread thread;
    private volatile boolean interrupted;

    Wait(Wanted wanted) {
      this.wanted = wanted;
      this.thread = Thread.ofVirtual().name("fuse-wait-" + wanted.unique()).unstarted(this);
    }

    void interrupt() {
      interrupted = true;
      thread.interrupt();
    }

    @Override
    public void run() {
      try {
        NativeBuffer buffer = buffers.lend(wanted.sizeBytes());
        try {
          answer(new Reply(buffer, owner));
        } finally {
          buffers.giveBack(buffer);
        }
      } catch (InterruptedException e) {
        answerError(Errno.EINTR);
      } finally {
        running.remove(wanted.unique());
        freeSlots.release();
      }
    }

    private void answer(Reply reply) throws InterruptedException {
      int body;
      try {
        body = interrupted ? -Errno.EINTR : wanted.handler().fill(reply);
      } catch (RealizeException e) {
        body = -Failures.errno("request that waits", e);
      } catch (RuntimeException | Error e) {
        body = -Failures.bug("request that waits", e);
      }
      if (body != Reply.NONE) {
        device.write(wanted.channel(), reply.buffer(), reply.seal(wanted.unique(), body));
      }
    }

    private void answerError(int errno) {
      Reply reply = new Reply(NativeBuffer.allocate(Protocol.OUT_HEADER_BYTES), owner);
      device.write(wanted.channel(), reply.buffer(), reply.seal(wanted.unique(), -errno));
    }
  }
}
