package org.realize.fuse.kernel;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.fuse.sys.Failures;
import org.realize.fuse.sys.Owner;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads of one mount that wait for bytes from a peer, each on a virtual thread of its own, at
 * most {@value #MAX_WAITS} at a time. The open file decides how long one waits. A read that the
 * kernel or the end of the mount interrupts answers EINTR. Thread-safe.
 */
final class Waits {

  private static final Logger LOG = LoggerFactory.getLogger(Waits.class);
  private static final int MAX_WAITS = 4096;

  private final Device device;
  private final Owner owner;
  private final BufferPool buffers = new BufferPool();
  private final Semaphore free = new Semaphore(MAX_WAITS);
  private final ConcurrentHashMap<Long, Wait> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Waits(Device device, Owner owner) {
    this.device = device;
    this.owner = owner;
  }

  /**
   * A read that must wait.
   *
   * @param channel the descriptor that the answer is written to
   * @param unique the kernel's number of the request
   */
  record Wanted(int channel, long unique, OpenFile file, long offsetBytes, int sizeBytes) {}

  /** Starts a read that writes its own answer; false, without any, when too many wait already. */
  boolean start(Wanted wanted) {
    if (!free.tryAcquire()) {
      LOG.warn("{} reads wait for bytes already, one more is refused", MAX_WAITS);
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

  /** Interrupts the read of this request; false when none waits. */
  boolean interrupt(long unique) {
    Wait wait = running.get(unique);
    if (wait == null) {
      return false;
    }
    wait.interrupt();
    return true;
  }

  /** Interrupts all reads, also those that are started later. */
  void close() {
    closed = true;
    running.values().forEach(Wait::interrupt);
  }

  /** Waits until all reads have answered, and allows no more; false if the time ran out first. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return free.tryAcquire(MAX_WAITS, timeout.toMillis(), TimeUnit.MILLISECONDS);
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
        free.release();
      }
    }

    private void answer(Reply reply) throws InterruptedException {
      int body;
      try {
        body = interrupted ? -Errno.EINTR : read(reply);
      } catch (RealizeException e) {
        body = -Failures.errno("read", e);
      } catch (RuntimeException | Error e) {
        body = -Failures.bug("read", e);
      }
      device.write(wanted.channel(), reply.buffer(), reply.seal(wanted.unique(), body));
    }

    private int read(Reply reply) throws RealizeException, InterruptedException {
      return wanted.file().read(wanted.offsetBytes(), reply.room(wanted.sizeBytes()));
    }

    private void answerError(int errno) {
      Reply reply = new Reply(NativeBuffer.allocate(Protocol.OUT_HEADER_BYTES), owner);
      device.write(wanted.channel(), reply.buffer(), reply.seal(wanted.unique(), -errno));
    }
  }
}
