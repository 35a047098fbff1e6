package org.realize.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.CacheLimits;

/**
 * The blobs of one arena: sparse files below a directory of their own, and rows in the arena's
 * table.
 *
 * <p><b>Order of effects.</b> A crash between any two of them leaves what {@link BlobFiles} puts in
 * order, and never a committed byte that is not there:
 *
 * <ul>
 *   <li>create: row without ranges, then file;
 *   <li>write: data, fdatasync, the file's name, then ranges;
 *   <li>delete: file, then row.
 * </ul>
 *
 * <p><b>Start.</b> A store opens by its table alone. The directory is read by the first {@link
 * #step}, or before anything is written: what a crash left there takes room that no row knows of.
 *
 * <p><b>Threads.</b> {@link OpenBlobs} says who may open or delete a content, {@link BlobFiles}
 * does so, outside of its lock. {@link RangeCommitter} makes bytes durable after they were written.
 */
public final class SparseBlobStore implements BlobStore {

  /** The time after which what had to stay is judged again: another peer may have it then. */
  private static final Duration RECHECK = Duration.ofMinutes(1);

  /** The most that the order of blobs loses by a kill. */
  private static final Duration NOTE_USES = Duration.ofMinutes(5);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final BlobQueues queues;
  private final BlobFiles files;
  private final BlobCache cache;
  private final RangeCommitter committer;
  private final BlobReconciler reconciler;
  private final PeriodTimer recheck;
  private final PeriodTimer noteUses;

  private SparseBlobStore(
      BlobTable table, BlobDirectory directory, CacheLimits limits, TimeSource time)
      throws RealizeException, IOException {
    this.table = table;
    this.directory = directory;
    directory.forceAllNames();
    OpenBlobs blobs = new OpenBlobs();
    queues = new BlobQueues(table.epoch(), known(table));
    files = new BlobFiles(table, directory, blobs, queues, time);
    cache = new BlobCache(limits, table, directory, blobs, queues);
    committer = new RangeCommitter(table, directory, blobs, files, queues, time);
    reconciler = new BlobReconciler(table, directory, files, cache, time);
    recheck = new PeriodTimer(RECHECK, time);
    noteUses = new PeriodTimer(NOTE_USES, time);
    cache.measure();
  }

  /** All blobs of the table that have bytes, or had some and were used. */
  private static List<BlobInfo> known(BlobTable table) throws RealizeException {
    List<BlobInfo> known = new ArrayList<>();
    table.each(blob -> {
      if (blob.availableBytes() > 0 || blob.use().units() > 0) {
        known.add(blob);
      }
    });
    return known;
  }

  /**
   * Opens the store. The disk's root belongs to it alone.
   *
   * @param place where the disk's root is, for {@link Blob#completeFile}; null if that is nowhere
   * @param arenaMark the mark of paths that have none of their own or above them
   */
  public static SparseBlobStore open(
      ArenaStore store,
      Disk disk,
      @Nullable Path place,
      CacheLimits limits,
      Mark arenaMark,
      TimeSource time)
      throws RealizeException {
    try {
      return new SparseBlobStore(
          new BlobTable(store, arenaMark), new BlobDirectory(disk, place), limits, time);
    } catch (IOException e) {
      throw Disk.failure("open the blobs of arena " + store.arena(), e);
    }
  }

  /** Opens the store as the other method does, without limits. */
  public static SparseBlobStore open(
      ArenaStore store, Disk disk, @Nullable Path place, TimeSource time) throws RealizeException {
    return open(store, disk, place, CacheLimits.NONE, Mark.WATCH, time);
  }

  /** One user's hold on a shared {@link SparseBlob}. Thread-safe. */
  private final class Handle implements Blob {
    private final SparseBlob blob;
    private final AtomicBoolean closed = new AtomicBoolean();

    Handle(SparseBlob blob) {
      this.blob = blob;
    }

    @Override
    public ContentHash hash() {
      return blob.row().hash();
    }

    @Override
    public long sizeBytes() {
      return blob.row().sizeBytes();
    }

    @Override
    public ByteRanges readable() {
      return blob.readable();
    }

    @Override
    public boolean readable(long startBytes, long endBytes) {
      return blob.readable().contains(startBytes, endBytes);
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      requireOpen();
      int read = blob.read(offsetBytes, destination);
      queues.used(blob, read);
      return read;
    }

    @Override
    public void write(long offsetBytes, ByteBuffer verified) throws RealizeException {
      requireOpen();
      if (verified.hasRemaining() || offsetBytes < 0) {
        write(offsetBytes, verified, null);
      }
    }

    @Override
    public void writeSame(long offsetBytes, ByteBuffer verified, Blob same)
        throws RealizeException {
      requireOpen();
      if (!(same instanceof Handle other) || other.store() != store()) {
        throw new IllegalArgumentException("blob " + same.hash().hex8() + " is of another store");
      }
      other.requireOpen();
      if (verified.hasRemaining()) {
        write(offsetBytes, verified, other.blob);
      }
    }

    private SparseBlobStore store() {
      return SparseBlobStore.this;
    }

    /**
     * Reserves room, writes, and has what is pending committed in time.
     *
     * @param same a blob that has the same bytes at the same place; null if none does
     */
    private void write(long offsetBytes, ByteBuffer verified, @Nullable SparseBlob same)
        throws RealizeException {
      reconciler.ensureRun();
      long pendingBytes;
      try (BlobCache.Reservation room = cache.reserve(blob, offsetBytes, verified.remaining())) {
        pendingBytes =
            same == null
                ? blob.write(offsetBytes, verified)
                : blob.writeSame(offsetBytes, verified, same);
        room.keep();
      }
      committer.pending(pendingBytes);
    }

    @Override
    public void commit() throws RealizeException {
      requireOpen();
      committer.commit(blob);
    }

    @Override
    public Optional<Path> completeFile() {
      return blob.isComplete() ? directory.place(blob.row()) : Optional.empty();
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true) && files.release(blob)) {
        committer.idle();
      }
    }

    private void requireOpen() {
      if (closed.get()) {
        throw new IllegalStateException("blob " + hash().hex8() + " is closed");
      }
    }
  }

  @Override
  public Blob open(ContentHash hash, long sizeBytes) throws RealizeException {
    Blob blob = new Handle(files.open(hash, sizeBytes));
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
    return files.find(hash).map(Handle::new);
  }

  @Override
  public Evicted evict(ContentHash hash) throws RealizeException {
    return cache.evict(hash);
  }

  @Override
  public void distrust(ContentHash hash, ByteRange range) throws RealizeException {
    if (!table.isElsewhere(hash)) {
      return; // a last copy with a wrong bit is worth more than none
    }
    Optional<SparseBlob> blob = files.find(hash);
    if (blob.isEmpty()) {
      return;
    }
    try {
      committer.takeBack(blob.get(), range);
    } finally {
      files.release(blob.get());
    }
  }

  @Override
  public void retire(ContentHash hash) {
    queues.retire(hash);
  }

  @Override
  public void delete(ContentHash hash) throws RealizeException {
    files.delete(hash);
  }

  /** Commits all that is pending in any blob. */
  void commitAll() throws RealizeException {
    committer.commitAll();
  }

  @Override
  public long cachedBytes() {
    return queues.committedBytes();
  }

  @Override
  public boolean admits(long sizeBytes) {
    return queues.admits(sizeBytes);
  }

  @Override
  public CacheReport report() {
    return cache.report();
  }

  @Override
  public List<Cached> hottest(int max) {
    return queues.hottest(max);
  }

  @Override
  public List<Cached> next(int max) {
    return queues.next(max);
  }

  @Override
  public void step() throws RealizeException {
    reconciler.step();
    if (recheck.isDue()) {
      queues.unpinAll();
    }
    cache.trim();
    if (noteUses.isDue()) {
      cache.writeUses();
    }
  }

  /**
   * Compares files and table, and puts in order what is not in use, as {@link #step} does at first
   * and daily.
   */
  public void cleanup() throws RealizeException {
    reconciler.run();
  }

  @Override
  public List<String> inspect() throws RealizeException {
    reconciler.ensureRun();
    return reconciler.inspect();
  }

  /** As {@link #inspect}, while no blob is in use and nothing is pending. */
  List<String> inspectAtRest() throws RealizeException {
    return reconciler.inspectAtRest(queues.committedBytes());
  }

  @Override
  public DiskUsage usage() throws RealizeException {
    return cache.usage();
  }

  /** Handles that are still open fail from now on. */
  @Override
  public void close() throws RealizeException {
    try {
      committer.close();
      cache.writeUses();
    } finally {
      files.close();
    }
  }
}
