package org.realize.fuse.kernel;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.realize.fuse.sys.Failures;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.NativeBuffer;

/**
 * The requests that wait for a disk, as syncs and copies do: each is answered by a platform thread,
 * at most {@value #MAX_THREADS} at a time, so that others need not wait for them. When all threads
 * are busy the reader does one itself. They cannot be interrupted. Thread-safe.
 */
final class SlowRequests {

  private static final int MAX_THREADS = 16;
  private static final long IDLE_SECONDS = 10;
  private static final int BODY_BYTES = 16;

  private final Device device;
  private final Owner owner;
  private final Set<Long> running = ConcurrentHashMap.newKeySet();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          MAX_THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("fuse-disk-", 0).factory());

  SlowRequests(Device device, Owner owner) {
    this.device = device;
    this.owner = owner;
  }

  /** A handler of one request, which fills a reply and returns the length of its body. */
  @FunctionalInterface
  interface SlowHandler {
    int fill(Reply reply) throws RealizeException;
  }

  /** Starts the answer to request {@code unique}, or gives it in {@code own} at once. */
  int answer(int channel, long unique, Reply own, SlowHandler handler) throws RealizeException {
    running.add(unique);
    try {
      threads.execute(() -> run(channel, unique, handler));
      return Reply.NONE;
    } catch (RejectedExecutionException e) {
      running.remove(unique);
      return handler.fill(own);
    }
  }

  private void run(int channel, long unique, SlowHandler handler) {
    Reply reply = new Reply(NativeBuffer.allocate(Protocol.OUT_HEADER_BYTES + BODY_BYTES), owner);
    int body;
    try {
      body = handler.fill(reply);
    } catch (RealizeException e) {
      body = -Failures.errno("disk request", e);
    } catch (RuntimeException | Error e) {
      body = -Failures.bug("disk request", e);
    }
    running.remove(unique);
    device.write(channel, reply.buffer(), reply.seal(unique, body));
  }

  /** True while this request is being answered. */
  boolean isRunning(long unique) {
    return running.contains(unique);
  }

  /** Waits until all have answered, and starts no more; false if the time ran out first. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    threads.shutdown();
    return threads.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }
}
