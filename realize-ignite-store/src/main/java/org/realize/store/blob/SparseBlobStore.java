package org.realize.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blobs of one arena: sparse files below a directory of their own, and rows in the arena's
 * table.
 *
 * <p><b>Order of effects.</b> A crash between any two of them leaves what {@link BlobRepair} puts
 * in order at the next start, and never a claimed byte that is not there:
 *
 * <ul>
 *   <li>create: row without ranges, then file;
 *   <li>write: data, fdatasync, the file's name, then ranges;
 *   <li>delete: file, then row.
 * </ul>
 *
 * <p><b>Threads.</b> {@link OpenBlobs} says who may open or delete a content; the disk and the
 * table are touched outside of its lock. One claim runs at a time, under a lock that only claimers
 * take: a disk reports a failed sync once, so two of one file must not overlap. Bytes are claimed
 * {@link BlobClaimer#DELAY} after they were written, or at once when {@link #MAX_PENDING_BYTES} of
 * a blob are pending.
 */
public final class SparseBlobStore implements BlobStore {

  /** Unsynced bytes of one blob that start a claim. */
  static final long MAX_PENDING_BYTES = 64L << 20;

  /** Blobs kept open only until their bytes are claimed that start a claim. */
  static final int MAX_IDLE = 256;

  private static final Logger LOG = LoggerFactory.getLogger(SparseBlobStore.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobClaimer claimer;
  private final OpenBlobs blobs = new OpenBlobs();
  private final AtomicLong cachedBytes = new AtomicLong();
  private final ReentrantLock claiming = new ReentrantLock();
  private final AtomicBoolean claimStarted = new AtomicBoolean();

  private SparseBlobStore(
      ArenaStore store, BlobDirectory directory, TimeSource time, long claimedBytes) {
    this.table = new BlobTable(store);
    this.directory = directory;
    this.claimer = new BlobClaimer(store.arena().toString(), time, this::claimAll);
    this.cachedBytes.set(claimedBytes);
  }

  /**
   * Repairs what a crash left, then opens the store. The disk's root belongs to it alone.
   *
   * @param place where the disk's root is, for {@link Blob#completeFile}; null if that is nowhere
   */
  public static SparseBlobStore open(
      ArenaStore store, Disk disk, @Nullable Path place, TimeSource time) throws RealizeException {
    BlobDirectory directory = new BlobDirectory(disk, place);
    long claimedBytes;
    try {
      claimedBytes = new BlobRepair(new BlobTable(store), directory).run();
    } catch (IOException e) {
      throw BlobFailures.of("open the blobs of arena " + store.arena(), e);
    }
    SparseBlobStore opened = new SparseBlobStore(store, directory, time, claimedBytes);
    opened.claimer.start();
    return opened;
  }

  @Override
  public Blob open(ContentHash hash, long sizeBytes) throws RealizeException {
    Optional<Blob> opened =
        open(hash, blobs.toOpen(hash), () -> Optional.of(table.findOrCreate(hash, sizeBytes)));
    Blob blob = opened.orElseThrow();
    if (blob.sizeBytes() == sizeBytes) {
      return blob;
    }
    try (blob) {
      throw new RealizeException.Invalid(
          "open blob %s: it is open with %d bytes, not %d"
              .formatted(hash.hex8(), blob.sizeBytes(), sizeBytes));
    }
  }

  @Override
  public Optional<Blob> find(ContentHash hash) throws RealizeException {
    return open(hash, blobs.toFind(hash), () -> table.find(hash));
  }

  private interface RowSource {
    Optional<BlobRow> get() throws RealizeException;
  }

  private Optional<Blob> open(ContentHash hash, OpenBlobs.Access access, RowSource source)
      throws RealizeException {
    return switch (access) {
      case OpenBlobs.Access.Shared shared -> Optional.of(new BlobHandle(this, shared.blob()));
      case OpenBlobs.Access.Alone alone -> openAlone(hash, source);
      case OpenBlobs.Access.Doomed doomed -> Optional.empty();
    };
  }

  private Optional<Blob> openAlone(ContentHash hash, RowSource source) throws RealizeException {
    SparseBlob opened = null;
    try {
      Optional<BlobRow> row = source.get();
      if (row.isPresent()) {
        opened = openFile(row.get());
      }
    } finally {
      blobs.settle(hash, opened);
    }
    return Optional.ofNullable(opened).map(blob -> new BlobHandle(this, blob));
  }

  private SparseBlob openFile(BlobRow row) throws RealizeException {
    try {
      Optional<Long> size = directory.sizeOf(row);
      if (size.isPresent() && size.get() >= row.sizeBytes()) {
        return new SparseBlob(row, directory.openExisting(row));
      }
      BlobRow empty = row;
      if (!row.available().isEmpty()) {
        LOG.warn("blob {} lost its bytes: its file is missing or short", row.hash());
        table.lose(List.of(row));
        cachedBytes.addAndGet(-row.available().lengthBytes());
        empty = new BlobRow(row.hash(), row.sizeBytes(), row.fileId(), ByteRanges.EMPTY);
      }
      directory.delete(empty);
      return new SparseBlob(empty, directory.create(empty));
    } catch (IOException e) {
      throw BlobFailures.of("open", row, e);
    }
  }

  @Override
  public void delete(ContentHash hash) throws RealizeException {
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
        cachedBytes.addAndGet(-row.get().available().lengthBytes());
      }
    } catch (IOException e) {
      throw BlobFailures.of("delete blob " + hash.hex8(), e);
    } finally {
      blobs.settle(hash, null);
    }
  }

  /** A handle was closed; the last one of a blob that was deleted ends it. */
  void release(SparseBlob blob) {
    switch (blobs.release(blob)) {
      case SHARED -> {}
      case IDLE -> {
        if (blobs.idleCount() > MAX_IDLE) {
          startClaim();
        }
      }
      case UNUSED -> closeFile(blob);
      case DOOMED -> {
        try {
          deleteAlone(blob.row().hash(), blob);
        } catch (RealizeException e) {
          LOG.warn("a deleted blob is still there: {}", e.oneLine());
        }
      }
    }
  }

  private static void closeFile(SparseBlob blob) {
    try {
      blob.close();
    } catch (IOException e) {
      LOG.warn("close blob {}: {}", blob.row().hash(), e.getMessage());
    }
  }

  /** Bytes became pending: sees to it that they are claimed in time. */
  void written(SparseBlob blob, long pendingBytes) {
    claimer.wake();
    if (pendingBytes >= MAX_PENDING_BYTES) {
      startClaim();
    }
  }

  /** Claims on a thread of its own, at most one of them at a time. */
  private void startClaim() {
    if (claimStarted.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .name("blob-claim")
          .start(() -> {
            try {
              claimAll();
            } catch (RealizeException e) {
              LOG.warn("cached bytes could not be made durable: {}", e.oneLine());
            } finally {
              claimStarted.set(false);
            }
          });
    }
  }

  void claim(SparseBlob blob) throws RealizeException {
    if (blobs.retain(blob)) {
      try {
        claim(List.of(blob));
      } finally {
        release(blob);
      }
    }
  }

  /** Claims all that is pending in any blob. */
  void claimAll() throws RealizeException {
    List<SparseBlob> all = blobs.retainPending();
    try {
      claim(all);
    } finally {
      all.forEach(this::release);
    }
  }

  private void claim(List<SparseBlob> pending) throws RealizeException {
    claiming.lock();
    try {
      List<SparseBlob> forced = new ArrayList<>();
      List<BlobTable.Claim> claims = new ArrayList<>();
      RealizeException failure = null;
      for (SparseBlob blob : pending) {
        try {
          ByteRanges ranges = blob.force();
          if (!ranges.isEmpty()) {
            forced.add(blob);
            claims.add(new BlobTable.Claim(blob.row(), ranges));
          }
        } catch (IOException e) {
          failure = joined(failure, BlobFailures.of("force", blob.row(), e));
        }
      }
      note(forced, claims);
      if (failure != null) {
        throw failure;
      }
    } finally {
      claiming.unlock();
    }
  }

  private void note(List<SparseBlob> forced, List<BlobTable.Claim> claims) throws RealizeException {
    if (claims.isEmpty()) {
      return;
    }
    try {
      directory.forceNames();
    } catch (IOException e) {
      throw BlobFailures.of("force the names of blobs", e);
    }
    table.claim(claims);
    for (int i = 0; i < forced.size(); i++) {
      cachedBytes.addAndGet(forced.get(i).claimed(claims.get(i).ranges()));
    }
  }

  private static RealizeException joined(@Nullable RealizeException first, RealizeException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  Optional<Path> place(BlobRow row) {
    return directory.place(row);
  }

  @Override
  public long cachedBytes() {
    return cachedBytes.get();
  }

  @Override
  public DiskUsage usage() throws RealizeException {
    try {
      return directory.usage();
    } catch (IOException e) {
      throw BlobFailures.of("ask for the room of blobs", e);
    }
  }

  /** Handles that are still open fail from now on. */
  @Override
  public void close() throws RealizeException {
    claimer.stop();
    try {
      claimAll();
    } finally {
      blobs.close().forEach(SparseBlobStore::closeFile);
    }
  }
}
