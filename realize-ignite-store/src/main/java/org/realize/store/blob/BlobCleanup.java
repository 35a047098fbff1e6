package org.realize.store.blob;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reconciliation of files and table after a crash or a change from outside. Whatever looks
 * wrong in a {@link BlobComparison} is looked at once more by {@link BlobRepair}, alone with the
 * blob: so it may run while blobs are in use, and each step is safe to repeat. What cannot be put
 * in order is logged, and tried again the next day. Thread-safe.
 *
 * <table>
 * <caption>What it finds</caption>
 * <tr><td>a row that claims bytes, its file missing, short or no file<td>the row loses its ranges
 * <tr><td>a row that claims nothing, with a file, or named as being evicted<td>the file is deleted,
 * and the row gets a new file id
 * <tr><td>a file without a row<td>quarantine, for seven days
 * <tr><td>a file that takes other room than its row says<td>the row says so
 * </table>
 */
final class BlobCleanup {

  /** How long a file without a row is kept for who may know what it is. */
  static final Duration QUARANTINE = Duration.ofDays(7);

  private static final Duration PERIOD = Duration.ofDays(1);
  private static final Logger LOG = LoggerFactory.getLogger(BlobCleanup.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobRepair repair;
  private final BlobRepair.Outcome outcome;
  private final TimeSource time;
  private final ReentrantLock running = new ReentrantLock();
  // guarded by running, but hasRun may be read without
  private final Every period;
  private volatile boolean hasRun;

  /**
   * @param outcome is told of what was repaired
   */
  BlobCleanup(
      BlobTable table,
      BlobDirectory directory,
      BlobRepair repair,
      BlobRepair.Outcome outcome,
      TimeSource time) {
    this.table = table;
    this.directory = directory;
    this.repair = repair;
    this.outcome = outcome;
    this.time = time;
    this.period = new Every(PERIOD, time);
  }

  /** Runs if it never did; waits for a run under way. */
  void ensureRun() throws RealizeException {
    if (!hasRun) {
      step();
    }
  }

  /** Runs at first and daily. */
  void step() throws RealizeException {
    running.lock();
    try {
      if (!hasRun || period.isDue()) {
        run();
      }
    } finally {
      running.unlock();
    }
  }

  void run() throws RealizeException {
    running.lock();
    try {
      BlobComparison compared = BlobComparison.of(directory, table);
      lookAt(compared.suspects());
      quarantine(compared.unknown());
      expire();
      hasRun = true;
    } catch (IOException e) {
      throw BlobFailures.of("compare the blobs of arena '%s'".formatted(table.arena()), e);
    } finally {
      running.unlock();
    }
  }

  private void lookAt(List<BlobInfo> suspects) throws RealizeException {
    Failures failures = new Failures();
    for (BlobInfo suspect : suspects) {
      try {
        repair.lookAt(suspect.hash(), outcome);
      } catch (IOException e) {
        failures.add("blob " + suspect.hash().hex8(), e);
      }
    }
    failures.log("blobs could not be put in order");
  }

  private void quarantine(List<String> unknown) {
    Failures failures = new Failures();
    for (String name : unknown) {
      try {
        directory.quarantine(name, time.unixMillis());
      } catch (IOException e) {
        failures.add(name, e);
      }
    }
    int aside = unknown.size() - failures.count;
    if (aside > 0) {
      LOG.warn("{} files that belong to no blob were put into quarantine", aside);
    }
    failures.log("files that belong to no blob could not be put into quarantine");
  }

  /** The number of failures, with the first of them: a missing disk fails for all. */
  private static final class Failures {
    private int count;
    private String first = "";

    void add(String what, IOException cause) {
      if (count++ == 0) {
        first = what + ": " + cause;
      }
    }

    void log(String what) {
      if (count > 0) {
        LOG.warn("{} {}, {}", count, what, first);
      }
    }
  }

  private void expire() {
    try {
      int expired = directory.expire(time.unixMillis() - QUARANTINE.toMillis());
      if (expired > 0) {
        LOG.info(
            "{} files were in quarantine for {} days and are gone", expired, QUARANTINE.toDays());
      }
    } catch (IOException e) {
      LOG.warn("what is old in quarantine could not be removed: {}", e.toString());
    }
  }
}
