package org.realize.store.blob;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reconciliation of one content's file and row: a row with ranges of a missing or short file
 * loses them, a file without committed ranges is deleted, anything that is no file is put aside.
 * Each step is safe to repeat.
 */
final class BlobRepair {

  private static final Logger LOG = LoggerFactory.getLogger(BlobRepair.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final TimeSource time;

  BlobRepair(BlobTable table, BlobDirectory directory, OpenBlobs blobs, TimeSource time) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.time = time;
  }

  /** A listener of a blob's row before and after, called while the blob is held. */
  interface Outcome {
    void repaired(BlobInfo before, BlobInfo now) throws RealizeException;
  }

  /**
   * As {@link #inOrder}, of a content that nobody has, and its row then says what the file takes;
   * nothing happens if it is in use or gone.
   */
  void lookAt(ContentHash hash, Outcome outcome) throws RealizeException, IOException {
    if (!blobs.tryAlone(hash)) {
      return;
    }
    try {
      Optional<BlobRow> found = table.find(hash);
      if (found.isPresent()) {
        BlobRow now = inOrder(found.get());
        if (!now.available().isEmpty()) {
          now = corrected(now, directory.allocatedBytes(now));
        }
        outcome.repaired(found.get().info(), now.info());
      }
    } finally {
      blobs.settle(hash, null);
    }
  }

  /** The row, which says from now on what the file takes. */
  BlobRow corrected(BlobRow row, long allocatedBytes) throws RealizeException {
    return allocatedBytes == row.allocatedBytes() ? row : table.correct(row, allocatedBytes);
  }

  /**
   * Puts a content in order that this thread has to itself; returns its row as it is then. A row
   * that claims nothing has no file then, one that claims bytes has one with room for all.
   */
  BlobRow inOrder(BlobRow row) throws RealizeException, IOException {
    Optional<FileStat> there = directory.stat(row);
    boolean isFile = there.isPresent() && there.get().kind() == FileStat.Kind.FILE;
    boolean isWhole = isFile && there.get().sizeBytes() >= row.sizeBytes();
    if (isWhole && !row.available().isEmpty()) {
      return row;
    }
    if (isFile) {
      directory.delete(row);
    } else if (there.isPresent()) {
      directory.quarantine(BlobDirectory.name(row), time.unixMillis());
    }
    if (BlobTable.isUnmade(row)) {
      return row;
    }
    if (!row.available().isEmpty()) {
      LOG.warn("blob {} lost its bytes: its file is missing or short", row.hash());
    }
    table.lose(List.of(row));
    // Its new name may be in use, if a power cut took the commit back that gave it out before.
    return inOrder(table.find(row.hash()).orElse(row.with(ByteRanges.EMPTY, 0)));
  }
}
