package org.realize.store.blob;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.DiskFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The opening and deletion of blobs, as {@link OpenBlobs} allows it; the disk and the table are
 * touched outside of its lock. Thread-safe.
 */
final class BlobOpener {

  private static final Logger LOG = LoggerFactory.getLogger(BlobOpener.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobRepair repair;
  private final BlobQueues queues;
  private final BlobTotals totals;

  BlobOpener(
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobRepair repair,
      BlobQueues queues,
      BlobTotals totals) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.repair = repair;
    this.queues = queues;
    this.totals = totals;
  }

  /** The blob of a content, made if there is none; the caller is to {@link #release} it. */
  SparseBlob open(ContentHash hash, long sizeBytes) throws RealizeException {
    return open(hash, blobs.toOpen(hash), () -> Optional.of(table.findOrCreate(hash, sizeBytes)))
        .orElseThrow();
  }

  /** The blob of a content if it has bytes; the caller is to {@link #release} it. */
  Optional<SparseBlob> find(ContentHash hash) throws RealizeException {
    return open(hash, blobs.toFind(hash), () -> table.find(hash).filter(BlobOpener::hasBytes));
  }

  private static boolean hasBytes(BlobRow row) {
    return row.sizeBytes() == 0 || !row.available().isEmpty();
  }

  private interface RowSource {
    Optional<BlobRow> get() throws RealizeException;
  }

  private Optional<SparseBlob> open(ContentHash hash, OpenBlobs.Access access, RowSource source)
      throws RealizeException {
    return switch (access) {
      case OpenBlobs.Access.Shared shared -> Optional.of(shared.blob());
      case OpenBlobs.Access.Alone alone -> openAlone(hash, source);
      case OpenBlobs.Access.Doomed doomed -> Optional.empty();
    };
  }

  private Optional<SparseBlob> openAlone(ContentHash hash, RowSource source)
      throws RealizeException {
    SparseBlob opened = null;
    try {
      Optional<BlobRow> row = source.get();
      if (row.isPresent()) {
        opened = openFile(row.get());
      }
    } finally {
      blobs.settle(hash, opened);
    }
    return Optional.ofNullable(opened);
  }

  private SparseBlob openFile(BlobRow row) throws RealizeException {
    try {
      BlobRow sound = repair.inOrder(row);
      if (sound.available().isEmpty()) {
        totals.repaired(row.info(), sound.info());
        return new SparseBlob(sound, directory.create(sound));
      }
      DiskFile file = directory.openExisting(sound);
      return new SparseBlob(measured(sound, file), file);
    } catch (IOException e) {
      throw BlobFailures.of("open", row, e);
    }
  }

  /** No cleanup looks at a blob while it is open, so what its file takes is put right here. */
  private BlobRow measured(BlobRow row, DiskFile file) throws RealizeException, IOException {
    boolean done = false;
    try {
      BlobRow corrected = repair.corrected(row, file.allocatedBytes());
      if (corrected.allocatedBytes() != row.allocatedBytes()) {
        totals.repaired(row.info(), corrected.info());
      }
      done = true;
      return corrected;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  /** Deletes a content; if it is open, with its last handle. */
  void delete(ContentHash hash) throws RealizeException {
    if (blobs.toDelete(hash) instanceof OpenBlobs.Access.Alone alone) {
      deleteAlone(hash, alone.idle());
    }
  }

  /** Deletes a content that this thread has to itself. */
  private void deleteAlone(ContentHash hash, @Nullable SparseBlob idle) throws RealizeException {
    try {
      if (idle != null) {
        idle.close();
      }
      Optional<BlobRow> row = table.find(hash);
      if (row.isPresent()) {
        directory.delete(row.get());
        table.remove(row.get());
        totals.gone(row.get());
      }
    } catch (IOException e) {
      throw BlobFailures.of("delete blob " + hash.hex8(), e);
    } finally {
      blobs.settle(hash, null);
    }
  }

  /**
   * Closes one handle; the last one of a blob that was deleted ends it. Returns true if the blob
   * stays open only until its bytes are claimed.
   */
  boolean release(SparseBlob blob) {
    ContentHash hash = blob.row().hash();
    OpenBlobs.Left left = blobs.release(blob);
    switch (left) {
      case SHARED -> {}
      case IDLE -> queues.released(hash);
      case UNUSED -> {
        closeFile(blob); // before anybody may evict it: an open file keeps its room
        queues.released(hash);
        blobs.settle(hash, null);
      }
      case DOOMED -> {
        try {
          deleteAlone(hash, blob);
        } catch (RealizeException e) {
          LOG.warn("a deleted blob is still there: {}", e.oneLine());
        }
      }
    }
    return left == OpenBlobs.Left.IDLE;
  }

  private static void closeFile(SparseBlob blob) {
    try {
      blob.close();
    } catch (IOException e) {
      LOG.warn("close blob {}: {}", blob.row().hash(), e.getMessage());
    }
  }

  /** Closes the files of all; nothing can be opened any more. */
  void close() {
    blobs.close().forEach(BlobOpener::closeFile);
  }
}
