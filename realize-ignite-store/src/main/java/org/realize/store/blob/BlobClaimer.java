package org.realize.store.blob;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that claims what was written, {@link #DELAY} after the first byte of it. It waits
 * without waking while nothing is pending. Nobody waits for it.
 */
final class BlobClaimer {

  /** How long bytes may be readable before they are made durable. */
  static final Duration DELAY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(BlobClaimer.class);

  /** Claims everything that is pending. */
  interface Pending {
    void claimAll() throws RealizeException;
  }

  private final TimeSource time;
  private final Pending pending;
  private final Semaphore work = new Semaphore(0);
  private final Thread thread;

  BlobClaimer(String name, TimeSource time, Pending pending) {
    this.time = time;
    this.pending = pending;
    this.thread = Thread.ofVirtual().name("blob-claimer " + name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Something is pending. */
  void wake() {
    if (work.availablePermits() == 0) {
      work.release();
    }
  }

  private void run() {
    try {
      while (true) {
        work.acquire();
        work.drainPermits();
        time.sleep(DELAY);
        claim();
      }
    } catch (InterruptedException e) {
      LOG.trace("the claimer was told to end");
    }
  }

  private void claim() {
    try {
      pending.claimAll();
    } catch (RealizeException e) {
      LOG.warn("cached bytes could not be made durable: {}", e.oneLine());
    }
  }

  /** Ends it; a claim that runs is finished first. */
  void stop() {
    thread.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
