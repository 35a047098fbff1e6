package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.port.TimeSource;

/**
 * The size of the heap of a process that works now and then: as small as what lives in it while the
 * process rests, and with room for a young generation that is seldom collected while it works.
 *
 * <p>The serial collector gives the young generation a fixed part of the old one's size, and the
 * old one a size by the share of it that is to be free. It does so only when it collects the whole
 * heap, which a process at rest does not need for hours, and one that reads large files does not
 * need either. So this makes it: with little room once the process has rested for a minute and the
 * heap has grown, with much room once the young generation has been collected often. A collection
 * takes a tenth of a second for 50 MB of live objects.
 *
 * <p>Used by one thread, but for {@link #collected}.
 */
final class IdleHeap implements AutoCloseable {

  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** A process that uses less of one core over a period is at rest, in percent. */
  private static final long REST_PERCENT = 2;

  /** The growth at rest that is worth a collection. */
  private static final long GROWTH_BYTES = 16L << 20;

  /** So many collections of the young generation within that time are too many. */
  private static final int CROWDED_COLLECTIONS = 4;

  private static final Duration CROWDED_TIME = Duration.ofSeconds(10);

  /** Memory is given back so often in a rest: what ends a work still takes some. */
  private static final int GIVE_BACKS = 3;

  private final JavaProcess process;
  private final TimeSource time;
  private final Loop loop;
  private final Thread thread = Thread.ofVirtual().name("idle-heap").unstarted(this::run);
  private final Semaphore crowded = new Semaphore(0);
  private long sinceNanos;
  private long cpuNanos;
  private long leastBytes;
  private long restPeriods;

  /** Guarded by {@code collections}. */
  private HeapRoom room = HeapRoom.LITTLE;

  /** Guarded by itself: the times of the last collections, fewer than are too many. */
  private final Deque<Long> collections = new ArrayDeque<>();

  /** The share of the old generation that is free after a collection of the whole heap. */
  enum HeapRoom {
    LITTLE(5, 10),
    MUCH(98, 99); // the most that the heap may have

    final int leastPercent;
    final int mostPercent;

    HeapRoom(int leastPercent, int mostPercent) {
      this.leastPercent = leastPercent;
      this.mostPercent = mostPercent;
    }
  }

  /** The process whose heap it is. */
  interface JavaProcess {

    /** Processor time used so far. */
    long cpuNanos();

    /** The heap's memory, used or not. */
    long heapBytes();

    /** Collects the whole heap, takes or gives back memory for this room. */
    void collect(HeapRoom room);

    /** Gives back what is not needed outside of the heap. */
    void giveBack();

    /**
     * Calls {@code listener} after every collection of the young generation, until what is returned
     * was run.
     */
    Runnable watch(Runnable listener);
  }

  IdleHeap(JavaProcess process, TimeSource time, Loops loops) {
    this.process = process;
    this.time = time;
    this.loop = loops.of("size of the heap", PATIENCE);
    sinceNanos = time.monotonicNanos();
    cpuNanos = process.cpuNanos();
  }

  /** Begins to size the heap of this process, which works. */
  static IdleHeap start(TimeSource time, Loops loops) {
    IdleHeap heap = new IdleHeap(new SerialHeap(), time, loops);
    heap.collect(HeapRoom.MUCH);
    heap.thread.start();
    return heap;
  }

  private void run() {
    Runnable end = process.watch(this::heard);
    try {
      loop.run(this::step);
    } finally {
      end.run();
    }
  }

  private void heard() {
    if (collected()) {
      crowded.release();
    }
  }

  /**
   * Notes that the young generation was collected; returns whether that happened too often. Any
   * thread may call it.
   */
  boolean collected() {
    long now = time.monotonicNanos();
    synchronized (collections) {
      if (room == HeapRoom.MUCH) {
        return false;
      }
      collections.addLast(now);
      if (collections.size() < CROWDED_COLLECTIONS) {
        return false;
      }
      return now - collections.removeFirst() <= CROWDED_TIME.toNanos();
    }
  }

  private boolean step() throws InterruptedException {
    loop.waits(PERIOD);
    boolean isCrowded = crowded.tryAcquire(PERIOD.toNanos(), TimeUnit.NANOSECONDS);
    loop.works();
    crowded.drainPermits();
    size(isCrowded);
    return true;
  }

  /**
   * Sizes the heap for what the process does.
   *
   * @param isCrowded whether the young generation was collected too often; else a period is over
   */
  void size(boolean isCrowded) {
    long now = time.monotonicNanos();
    long used = process.cpuNanos();
    boolean isAtRest = (used - cpuNanos) * 100 <= (now - sinceNanos) * REST_PERCENT;
    if (isCrowded) {
      collect(HeapRoom.MUCH);
    } else if (isAtRest) {
      if (process.heapBytes() - leastBytes >= GROWTH_BYTES) {
        collect(HeapRoom.LITTLE);
        leastBytes = process.heapBytes();
      }
      if (restPeriods < GIVE_BACKS) {
        process.giveBack();
      }
    }
    restPeriods = isAtRest && !isCrowded ? restPeriods + 1 : 0;
    sinceNanos = now;
    cpuNanos = process.cpuNanos();
  }

  private void collect(HeapRoom wanted) {
    process.collect(wanted);
    synchronized (collections) {
      room = wanted;
      collections.clear();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
