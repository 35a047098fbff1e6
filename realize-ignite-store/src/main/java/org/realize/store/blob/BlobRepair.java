package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts files and table in step before the store opens, whatever a crash left: a row that claims
 * bytes of a missing or short file loses its ranges; a file without a row is removed, if its name
 * is one that only this store makes. Each step is safe to repeat.
 */
final class BlobRepair {

  private static final Logger LOG = LoggerFactory.getLogger(BlobRepair.class);

  private final BlobTable table;
  private final BlobDirectory directory;

  BlobRepair(BlobTable table, BlobDirectory directory) {
    this.table = table;
    this.directory = directory;
  }

  /** Returns the bytes that are claimed and there. */
  long run() throws RealizeException, IOException {
    Map<String, BlobDirectory.Found> files = new HashMap<>();
    for (BlobDirectory.Found file : directory.files()) {
      files.put(file.name(), file);
    }
    List<BlobRow> lost = new ArrayList<>();
    long claimedBytes = 0;
    for (BlobRow row : table.rows()) {
      BlobDirectory.Found file = files.remove(BlobDirectory.name(row));
      boolean whole = file != null && file.sizeBytes() >= row.sizeBytes();
      if (whole) {
        claimedBytes += row.available().lengthBytes();
      } else if (!row.available().isEmpty()) {
        lost.add(row);
      }
    }
    if (!lost.isEmpty()) {
      LOG.warn("{} blobs lost their bytes: their files are missing or short", lost.size());
      table.lose(lost);
    }
    for (BlobDirectory.Found file : files.values()) {
      LOG.debug("removing blob file {}, which has no row", file.name());
      directory.delete(file);
    }
    directory.forceAllNames();
    return claimedBytes;
  }
}
