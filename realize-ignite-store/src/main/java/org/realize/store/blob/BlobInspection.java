package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.FileStat;

/**
 * The check of an arena's blobs against their invariants, without changes. Whether the bytes are
 * the right ones is another question, see {@link org.realize.sync.content.BlobVerifier}. May run
 * while blobs are in use; those are not judged.
 */
final class BlobInspection {

  /** Findings told at most. */
  private static final int MAX_FINDINGS = 100;

  /** What the cache may be above its limit: at least so much, and one percent of it. */
  private static final long TOLERANCE_BYTES = 1L << 20;

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobCache cache;
  private final BlobTotals totals;

  BlobInspection(
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobCache cache,
      BlobTotals totals) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.cache = cache;
    this.totals = totals;
  }

  /** What does not hold, one line each. */
  List<String> findings() throws RealizeException {
    try {
      BlobComparison compared = BlobComparison.of(directory, table);
      List<String> findings = new ArrayList<>();
      for (var suspects = compared.suspects().iterator(); wants(findings, suspects.hasNext()); ) {
        lookAt(suspects.next().hash()).ifPresent(findings::add);
      }
      for (var unknown = compared.unknown().iterator(); wants(findings, unknown.hasNext()); ) {
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
      throw BlobFailures.of("look at the blobs of arena '%s'".formatted(table.arena()), e);
    }
  }

  private static boolean wants(List<String> findings, boolean hasNext) {
    return hasNext && findings.size() < MAX_FINDINGS;
  }

  private Optional<String> lookAt(ContentHash hash) throws RealizeException, IOException {
    if (!blobs.tryAlone(hash)) {
      return Optional.empty();
    }
    try {
      Optional<BlobRow> row = table.find(hash).filter(found -> !found.available().isEmpty());
      return row.isEmpty() ? Optional.empty() : judge(row.get());
    } finally {
      blobs.settle(hash, null);
    }
  }

  private Optional<String> judge(BlobRow row) throws IOException {
    Optional<FileStat> file = directory.stat(row);
    String cause;
    if (file.isEmpty()) {
      cause = "is missing";
    } else if (file.get().kind() != FileStat.Kind.FILE) {
      cause = "is no file";
    } else if (file.get().sizeBytes() < row.sizeBytes()) {
      cause = "is short, %,d of %,d bytes".formatted(file.get().sizeBytes(), row.sizeBytes());
    } else {
      return Optional.empty();
    }
    return Optional.of(
        "blob %s has %,d bytes, and its file %s %s"
            .formatted(
                row.hash().hex8(), row.available().lengthBytes(), BlobDirectory.name(row), cause));
  }

  /** As {@link #findings}, while nobody uses a blob: then the sums agree to the byte, too. */
  List<String> findingsAtRest() throws RealizeException {
    List<String> findings = new ArrayList<>(findings());
    try {
      long claimed = 0;
      long byRows = 0;
      for (BlobRow row : table.all()) {
        claimed += row.available().lengthBytes();
        byRows += row.allocatedBytes();
      }
      long byFiles = 0;
      for (BlobDirectory.Found file : directory.files()) {
        byFiles += file.allocatedBytes();
      }
      agree(findings, "claimed bytes", claimed, totals.claimedBytes());
      agree(findings, "bytes in the queues and the rows", byRows, cache.report().usedBytes());
      agree(findings, "bytes of the rows and the files", byRows, byFiles);
    } catch (IOException e) {
      throw BlobFailures.of("add up the blobs of arena '%s'".formatted(table.arena()), e);
    }
    return findings;
  }

  private static void agree(List<String> findings, String what, long one, long other) {
    if (one != other) {
      findings.add("%s do not agree: %,d and %,d".formatted(what, one, other));
    }
  }
}
