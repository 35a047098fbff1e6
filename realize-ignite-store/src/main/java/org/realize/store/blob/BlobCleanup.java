package org.realize.store.blob;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts files and table in step, whatever a crash or anybody else has done to either. It lists the
 * directory first and the table afterwards, and whatever looks wrong is looked at once more by
 * {@link BlobRepair}, alone with the blob: so it may run while blobs are in use, and each step is
 * safe to repeat.
 *
 * <table>
 *   <caption>What it finds</caption>
 *   <tr><td>a row that claims bytes, its file missing, short or no file<td>the row loses its ranges
 *   <tr><td>a row that claims nothing, with a file<td>the file goes
 *   <tr><td>a file without a row<td>quarantine, for seven days
 *   <tr><td>a file that takes other room than its row says<td>the row says so
 * </table>
 */
final class BlobCleanup {

  /** How long a file without a row is kept for who may know what it is. */
  static final Duration QUARANTINE = Duration.ofDays(7);

  private static final Logger LOG = LoggerFactory.getLogger(BlobCleanup.class);

  /** Told of what is found. */
  interface Visitor {
    /** Nothing was wrong with it. */
    void sound(BlobRow row) throws RealizeException;

    /** It was looked at, with such a row before and this one now. */
    void lookedAt(BlobRow before, BlobRow now) throws RealizeException;
  }

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobRepair repair;

  BlobCleanup(BlobTable table, BlobDirectory directory, BlobRepair repair) {
    this.table = table;
    this.directory = directory;
    this.repair = repair;
  }

  /** Runs once. Of blobs in use only those are told that look sound. */
  void run(long nowMillis, Visitor visitor) throws RealizeException, IOException {
    List<BlobDirectory.Found> files = new ArrayList<>(directory.files());
    files.sort(Comparator.comparingLong(BlobDirectory.Found::fileId));
    long[] ids = files.stream().mapToLong(BlobDirectory.Found::fileId).toArray();
    BitSet known = new BitSet(ids.length);
    List<BlobRow> suspects = new ArrayList<>();
    table.each(row -> {
      int at = Arrays.binarySearch(ids, row.fileId());
      boolean isThere = at >= 0 && files.get(at).name().equals(BlobDirectory.name(row));
      if (isThere) {
        known.set(at);
      }
      if (isThere ? isSound(row, files.get(at)) : row.available().isEmpty()) {
        visitor.sound(row);
      } else {
        suspects.add(row);
      }
    });
    for (BlobRow suspect : suspects) {
      Optional<BlobRow> now = repair.lookAt(suspect.hash());
      if (now.isPresent()) {
        visitor.lookedAt(suspect, now.get());
      }
    }
    quarantine(files, known, nowMillis);
  }

  private void quarantine(List<BlobDirectory.Found> files, BitSet known, long nowMillis)
      throws IOException {
    int unknown = 0;
    for (int at = known.nextClearBit(0); at < files.size(); at = known.nextClearBit(at + 1)) {
      directory.quarantine(files.get(at).name(), nowMillis);
      unknown++;
    }
    if (unknown > 0) {
      LOG.warn("{} files that belong to no blob were put into quarantine", unknown);
    }
    int expired = directory.expire(nowMillis - QUARANTINE.toMillis());
    if (expired > 0) {
      LOG.info(
          "{} files were in quarantine for {} days and are gone", expired, QUARANTINE.toDays());
    }
  }

  private static boolean isSound(BlobRow row, BlobDirectory.Found file) {
    return !row.available().isEmpty()
        && file.isFile()
        && file.sizeBytes() >= row.sizeBytes()
        && file.allocatedBytes() == row.allocatedBytes();
  }
}
