package org.realize.store.blob;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations on one content's file and row together: opening, deletion, and repair. A thread
 * runs them alone with the content, by the right that {@link OpenBlobs} gives it; disk and table
 * are touched outside of its lock. Each step of a repair is safe to repeat. Thread-safe.
 */
final class BlobFiles {

  private static final Logger LOG = LoggerFactory.getLogger(BlobFiles.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobQueues queues;
  private final TimeSource time;

  BlobFiles(
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobQueues queues,
      TimeSource time) {
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.queues = queues;
    this.time = time;
  }

  // ---- open, delete, close

  /** The blob of a content, made if there is none; the caller must {@link #release} it. */
  SparseBlob open(ContentHash hash, long sizeBytes) throws RealizeException {
    return open(hash, blobs.toOpen(hash), () -> Optional.of(table.findOrCreate(hash, sizeBytes)))
        .orElseThrow();
  }

  /** The blob of a content if it has bytes; the caller must {@link #release} it. */
  Optional<SparseBlob> find(ContentHash hash) throws RealizeException {
    return open(hash, blobs.toFind(hash), () -> table.find(hash).filter(BlobFiles::hasBytes));
  }

  private static boolean hasBytes(BlobRow row) {
    return row.sizeBytes() == 0 || !row.available().isEmpty();
  }

  private interface BlobRowSource {
    Optional<BlobRow> get() throws RealizeException;
  }

  private Optional<SparseBlob> open(ContentHash hash, OpenBlobs.Access access, BlobRowSource source)
      throws RealizeException {
    return switch (access) {
      case OpenBlobs.Access.Shared shared -> Optional.of(shared.blob());
      case OpenBlobs.Access.Alone _ -> openAlone(hash, source);
      case OpenBlobs.Access.Doomed _ -> Optional.empty();
    };
  }

  private Optional<SparseBlob> openAlone(ContentHash hash, BlobRowSource source)
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
      BlobRow sound = sound(row);
      if (sound.available().isEmpty()) {
        queues.repaired(row.info(), sound.info());
        return new SparseBlob(sound, directory.create(sound));
      }
      DiskFile file = directory.openExisting(sound);
      return new SparseBlob(measured(sound, file), file);
    } catch (IOException e) {
      throw Disk.failure("open blob " + row.hash().hex8(), e);
    }
  }

  /** No reconciliation looks at a blob while it is open, so its allocated bytes are noted here. */
  private BlobRow measured(BlobRow row, DiskFile file) throws RealizeException, IOException {
    boolean done = false;
    try {
      BlobRow corrected = corrected(row, file.allocatedBytes());
      if (corrected.allocatedBytes() != row.allocatedBytes()) {
        queues.repaired(row.info(), corrected.info());
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

  private void deleteAlone(ContentHash hash, @Nullable SparseBlob idle) throws RealizeException {
    try {
      if (idle != null) {
        idle.close();
      }
      Optional<BlobRow> row = table.find(hash);
      if (row.isPresent()) {
        directory.delete(row.get());
        table.remove(row.get());
        queues.removed(row.get());
      }
    } catch (IOException e) {
      throw Disk.failure("delete blob " + hash.hex8(), e);
    } finally {
      blobs.settle(hash, null);
    }
  }

  /**
   * Closes one handle; the last one of a blob that was deleted ends it. Returns true if the blob
   * stays open only until its bytes are committed.
   */
  boolean release(SparseBlob blob) {
    ContentHash hash = blob.row().hash();
    OpenBlobs.AfterClose left = blobs.release(blob);
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
    return left == OpenBlobs.AfterClose.IDLE;
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
    blobs.close().forEach(BlobFiles::closeFile);
  }

  // ---- repair

  /**
   * Makes file and row of a content agree, allocated bytes included; nothing happens if it is in
   * use or gone.
   */
  void repair(ContentHash hash) throws RealizeException, IOException {
    if (!blobs.tryAlone(hash)) {
      return;
    }
    try {
      Optional<BlobRow> found = table.find(hash);
      if (found.isPresent()) {
        BlobRow now = sound(found.get());
        if (!now.available().isEmpty()) {
          now = corrected(now, directory.allocatedBytes(now));
        }
        queues.repaired(found.get().info(), now.info());
      }
    } finally {
      blobs.settle(hash, null);
    }
  }

  /** The difference of a content's file from its row; empty if it is in use, gone, or sound. */
  Optional<String> inspect(ContentHash hash) throws RealizeException, IOException {
    if (!blobs.tryAlone(hash)) {
      return Optional.empty();
    }
    try {
      Optional<BlobRow> row = table.find(hash).filter(found -> !found.available().isEmpty());
      return row.isEmpty() ? Optional.empty() : difference(row.get());
    } finally {
      blobs.settle(hash, null);
    }
  }

  private Optional<String> difference(BlobRow row) throws IOException {
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

  private BlobRow corrected(BlobRow row, long allocatedBytes) throws RealizeException {
    return allocatedBytes == row.allocatedBytes() ? row : table.correct(row, allocatedBytes);
  }

  /**
   * The row of a content after file and row were made to agree: a row without ranges has no file
   * then, one with ranges has one with room for all.
   */
  private BlobRow sound(BlobRow row) throws RealizeException, IOException {
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
    return sound(table.find(row.hash()).orElse(row.with(ByteRanges.EMPTY, 0)));
  }
}
