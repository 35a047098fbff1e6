package org.realize.sync.transfer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.StoreId;

/**
 * The resources that the downloads of all arenas share: room for blocks in flight and the measured
 * speed of peers. One per daemon; thread-safe.
 */
public final class DownloadPool {

  private final DownloadLimits limits;
  private final Executor runs;
  private final Semaphore inFlight;
  private final Semaphore ahead;
  private final Semaphore deltas;
  private final LooseBlocks loose;
  private final Map<StoreId, PeerSpeed> speeds = new ConcurrentHashMap<>();

  /** A pool whose calls to peers and fetches run on virtual threads of their own. */
  public DownloadPool(DownloadLimits limits) {
    this(limits, run -> Thread.ofVirtual().name("fetch").start(run));
  }

  /** A pool whose calls to peers and fetches {@code runs} executes, at once or on other threads. */
  public DownloadPool(DownloadLimits limits, Executor runs) {
    this.limits = limits;
    this.runs = runs;
    inFlight = new Semaphore(limits.blocksInFlight());
    ahead = new Semaphore(limits.blocksAhead());
    deltas = new Semaphore(limits.deltas());
    loose = new LooseBlocks(limits.looseBlocks());
  }

  DownloadLimits limits() {
    return limits;
  }

  void execute(Runnable run) {
    runs.execute(run);
  }

  LooseBlocks loose() {
    return loose;
  }

  /** Room for deltas, one permit each. */
  Semaphore deltas() {
    return deltas;
  }

  PeerSpeed speed(StoreId store) {
    return speeds.computeIfAbsent(store, s -> new PeerSpeed());
  }

  /** True while nothing is in flight. */
  boolean idle() {
    return inFlight.availablePermits() == limits.blocksInFlight()
        && ahead.availablePermits() == limits.blocksAhead();
  }

  /** Takes room for {@code blocks} that a reader waits for; waits for it like a read. */
  void take(int blocks) throws TimedOut, InterruptedException {
    if (!inFlight.tryAcquire(blocks, limits.read().toNanos(), TimeUnit.NANOSECONDS)) {
      throw new TimedOut("no room for " + blocks + " more blocks within " + limits.read());
    }
  }

  /** Takes room for read-ahead if there is some. */
  boolean tryTakeAhead(int blocks) {
    if (!ahead.tryAcquire(blocks)) {
      return false;
    }
    if (!inFlight.tryAcquire(blocks)) {
      ahead.release(blocks);
      return false;
    }
    return true;
  }

  void give(int blocks, boolean wasAhead) {
    inFlight.release(blocks);
    if (wasAhead) {
      ahead.release(blocks);
    }
  }
}
