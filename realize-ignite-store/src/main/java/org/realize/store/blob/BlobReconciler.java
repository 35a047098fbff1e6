package org.realize.store.blob;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.store.blob.BlobDirectory.Found;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Disk;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reconciliation of files and table after a crash or a change from outside, and its inspection,
 * which changes nothing. Both compare the directory with the table while blobs are in use; what
 * differs is looked at again by {@link BlobFiles}, alone with the blob, and each step is safe to
 * repeat. What cannot be repaired is logged, and retried the next day. Whether the bytes are the
 * right ones is another question, see {@link org.realize.sync.content.BlobVerifier}. Thread-safe.
 *
 * <table>
 * <caption>What it finds</caption>
 * <tr><td>a row with ranges, its file missing, short or no file<td>the row loses its ranges
 * <tr><td>a row without ranges, with a file, or named as being evicted<td>the file is deleted,
 * and the row gets a new file id
 * <tr><td>a file without a row<td>quarantine, for seven days
 * <tr><td>a file that takes other room than its row says<td>the row says so
 * </table>
 */
final class BlobReconciler {

  /** The time that a file without a row is kept, for somebody who may know what it is. */
  static final Duration QUARANTINE = Duration.ofDays(7);

  private static final Duration PERIOD = Duration.ofDays(1);

  /** The most findings of one inspection. */
  private static final int MAX_FINDINGS = 100;

  /** Bytes that the cache may be above its limit; one percent of the limit, if that is more. */
  private static final long TOLERANCE_BYTES = 1L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(BlobReconciler.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobFiles files;
  private final BlobCache cache;
  private final TimeSource time;
  private final ReentrantLock running = new ReentrantLock();
  // guarded by running, but hasRun may be read without
  private final PeriodTimer period;
  private volatile boolean hasRun;

  BlobReconciler(
      BlobTable table, BlobDirectory directory, BlobFiles files, BlobCache cache, TimeSource time) {
    this.table = table;
    this.directory = directory;
    this.files = files;
    this.cache = cache;
    this.time = time;
    this.period = new PeriodTimer(PERIOD, time);
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
      Comparison compared = compare();
      repair(compared.suspects());
      quarantine(compared.unknown());
      expire();
      hasRun = true;
    } catch (IOException e) {
      throw Disk.failure("compare the blobs of arena '%s'".formatted(table.arena()), e);
    } finally {
      running.unlock();
    }
  }

  // ---- comparison

  /**
   * The differences of directory and table. Blobs that were made or removed during the comparison
   * may be among them.
   *
   * @param suspects rows that do not fit their file
   * @param unknown names of files that belong to no row
   */
  private record Comparison(List<BlobInfo> suspects, List<String> unknown) {}

  /** Compares all of them: files first, so that each file of a blob finds its row. */
  private Comparison compare() throws RealizeException, IOException {
    List<Found> found = new ArrayList<>(directory.files());
    found.sort(Comparator.comparingLong(Found::fileId));
    long[] ids = found.stream().mapToLong(Found::fileId).toArray();
    BitSet known = new BitSet(ids.length);
    List<BlobInfo> suspects = new ArrayList<>();
    table.each(blob -> {
      int at = find(blob, found, ids);
      if (at >= 0) {
        known.set(at);
      }
      if (at >= 0 ? !fits(blob, found.get(at)) : mayHaveFile(blob)) {
        suspects.add(blob);
      }
    });
    List<String> unknown = new ArrayList<>();
    for (int at = known.nextClearBit(0); at < ids.length; at = known.nextClearBit(at + 1)) {
      unknown.add(found.get(at).name());
    }
    return new Comparison(suspects, unknown);
  }

  /** The place of a blob's file, below 0 if there is none; one id may be in several names. */
  private static int find(BlobInfo blob, List<Found> found, long[] ids) {
    int at = Arrays.binarySearch(ids, blob.fileId());
    while (at > 0 && ids[at - 1] == blob.fileId()) {
      at--;
    }
    for (; at >= 0 && at < ids.length && ids[at] == blob.fileId(); at++) {
      if (found.get(at).hash0() == blob.hash().word0()) {
        return at;
      }
    }
    return -1;
  }

  private static boolean mayHaveFile(BlobInfo blob) {
    return blob.availableBytes() > 0 || blob.allocatedBytes() > 0;
  }

  private static boolean fits(BlobInfo blob, Found file) {
    return blob.availableBytes() > 0
        && file.isFile()
        && file.sizeBytes() >= blob.sizeBytes()
        && file.allocatedBytes() == blob.allocatedBytes();
  }

  // ---- repair

  private void repair(List<BlobInfo> suspects) throws RealizeException {
    FailureCount failures = new FailureCount();
    for (BlobInfo suspect : suspects) {
      try {
        files.repair(suspect.hash());
      } catch (IOException e) {
        failures.add("blob " + suspect.hash().hex8(), e);
      }
    }
    failures.log("blobs could not be put in order");
  }

  private void quarantine(List<String> unknown) {
    FailureCount failures = new FailureCount();
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
  private static final class FailureCount {
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

  // ---- inspection

  /** The invariants that do not hold, one line each; blobs in use are not judged. */
  List<String> inspect() throws RealizeException {
    try {
      Comparison compared = compare();
      List<String> findings = new ArrayList<>();
      Iterator<BlobInfo> suspects = compared.suspects().iterator();
      while (suspects.hasNext() && findings.size() < MAX_FINDINGS) {
        files.inspect(suspects.next().hash()).ifPresent(findings::add);
      }
      Iterator<String> unknown = compared.unknown().iterator();
      while (unknown.hasNext() && findings.size() < MAX_FINDINGS) {
        String name = unknown.next();
        if (directory.has(name)) {
          findings.add("file %s belongs to no blob".formatted(name));
        }
      }
      CacheReport report = cache.settled();
      long tolerance = Math.max(TOLERANCE_BYTES, report.capacityBytes() / 100);
      if (!report.isFull() && report.usedBytes() - tolerance > report.capacityBytes()) {
        findings.add(
            "%,d bytes are cached, and %,d may be"
                .formatted(report.usedBytes(), report.capacityBytes()));
      }
      return findings;
    } catch (IOException e) {
      throw Disk.failure("look at the blobs of arena '%s'".formatted(table.arena()), e);
    }
  }

  /** As {@link #inspect}, while no blob is in use: then the sums agree to the byte, too. */
  List<String> inspectAtRest(long committedBytes) throws RealizeException {
    List<String> findings = new ArrayList<>(inspect());
    try {
      long committed = 0;
      long byRows = 0;
      for (BlobRow row : table.all()) {
        committed += row.available().lengthBytes();
        byRows += row.allocatedBytes();
      }
      long byFiles = 0;
      for (Found file : directory.files()) {
        byFiles += file.allocatedBytes();
      }
      agree(findings, "committed bytes", committed, committedBytes);
      agree(findings, "bytes in the queues and the rows", byRows, cache.report().usedBytes());
      agree(findings, "bytes of the rows and the files", byRows, byFiles);
    } catch (IOException e) {
      throw Disk.failure("add up the blobs of arena '%s'".formatted(table.arena()), e);
    }
    return findings;
  }

  private static void agree(List<String> findings, String what, long one, long other) {
    if (one != other) {
      findings.add("%s do not agree: %,d and %,d".formatted(what, one, other));
    }
  }
}
