package org.realize.store.blob;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts files and table in step, whatever a crash or anybody else has done to either. Whatever looks
 * wrong in a {@link BlobComparison} is looked at once more by {@link BlobRepair}, alone with the
 * blob: so it may run while blobs are in use, and each step is safe to repeat.
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
  interface Visitor extends BlobRepair.Outcome {
    /** Nothing was wrong with it. */
    void sound(BlobInfo blob) throws RealizeException;
  }

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobRepair repair;

  BlobCleanup(BlobTable table, BlobDirectory directory, BlobRepair repair) {
    this.table = table;
    this.directory = directory;
    this.repair = repair;
  }

  /** Runs before anybody uses a blob; all rows are in memory meanwhile. */
  void runFirst(long nowMillis, Visitor visitor) throws RealizeException, IOException {
    settle(BlobComparison.fast(directory, table, visitor::sound), nowMillis, visitor);
  }

  /** Runs once more. Of blobs in use only those are told that look sound. */
  void run(long nowMillis, Visitor visitor) throws RealizeException, IOException {
    settle(BlobComparison.of(directory, table, visitor::sound), nowMillis, visitor);
  }

  private void settle(BlobComparison compared, long nowMillis, Visitor visitor)
      throws RealizeException, IOException {
    for (BlobInfo suspect : compared.suspects()) {
      repair.lookAt(suspect.hash(), visitor);
    }
    quarantine(compared.unknown(), nowMillis);
  }

  private void quarantine(List<String> unknown, long nowMillis) throws IOException {
    for (String name : unknown) {
      directory.quarantine(name, nowMillis);
    }
    if (!unknown.isEmpty()) {
      LOG.warn("{} files that belong to no blob were put into quarantine", unknown.size());
    }
    int expired = directory.expire(nowMillis - QUARANTINE.toMillis());
    if (expired > 0) {
      LOG.info(
          "{} files were in quarantine for {} days and are gone", expired, QUARANTINE.toDays());
    }
  }
}
