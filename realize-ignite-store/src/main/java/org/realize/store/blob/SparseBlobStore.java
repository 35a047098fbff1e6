package org.realize.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.EvictionRules.Verdict;
import org.realize.sync.rules.cache.Pin;

/**
 * The blobs of one arena: sparse files below a directory of their own, and rows in the arena's
 * table.
 *
 * <p><b>Order of effects.</b> A crash between any two of them leaves what {@link BlobRepair} puts
 * in order, and never a claimed byte that is not there:
 *
 * <ul>
 *   <li>create: row without ranges, then file;
 *   <li>write: data, fdatasync, the file's name, then ranges;
 *   <li>delete: file, then row.
 * </ul>
 *
 * <p><b>Start.</b> A store opens by its table alone. The directory is looked at by the first {@link
 * #step}, or before anything is written: what a crash left there takes room that no row knows of.
 *
 * <p><b>Threads.</b> {@link OpenBlobs} says who may open or delete a content, {@link BlobOpener}
 * does so, outside of its lock. Bytes are claimed {@link BlobClaimer#DELAY} after they were
 * written, or at once when {@link BlobClaims#MAX_PENDING_BYTES} of a blob are pending.
 */
public final class SparseBlobStore implements BlobStore {

  /** What had to stay is judged anew so often: another peer may have it by now. */
  private static final Duration RECHECK = Duration.ofMinutes(1);

  /** After a kill, the order of blobs is at most so old. */
  private static final Duration NOTE_USES = Duration.ofMinutes(5);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final Eviction eviction;
  private final BlobCleanup cleanup;
  private final BlobQueues queues;
  private final BlobTotals totals;
  private final BlobCache cache;
  private final BlobOpener opener;
  private final BlobClaims claims;
  private final BlobInspection inspection;
  private final BlobClaimer claimer;
  private final Every recheck;
  private final Every noteUses;

  private SparseBlobStore(
      ArenaStore store, BlobDirectory directory, CacheBounds bounds, TimeSource time)
      throws RealizeException, IOException {
    String name = store.arena().toString();
    OpenBlobs blobs = new OpenBlobs();
    this.table = new BlobTable(store);
    this.directory = directory;
    BlobRepair repair = new BlobRepair(table, directory, blobs, time);
    directory.forceAllNames();
    Known known = new Known();
    table.each(known);
    this.queues = new BlobQueues(table.epoch(), known.blobs);
    this.totals = new BlobTotals(queues, known.claimedBytes);
    this.cleanup = new BlobCleanup(table, directory, repair, totals, time);
    this.eviction = new Eviction(store, bounds.arenaMark(), table, directory, blobs, totals::gone);
    this.cache = new BlobCache(name, bounds.limits(), queues, eviction);
    this.opener = new BlobOpener(table, directory, blobs, repair, queues, totals);
    this.claims = new BlobClaims(table, directory, blobs, opener, totals);
    this.inspection = new BlobInspection(table, directory, blobs, cache, totals);
    this.claimer = new BlobClaimer(name, time, claims::claimAll);
    this.recheck = new Every(RECHECK, time);
    this.noteUses = new Every(NOTE_USES, time);
    cache.look();
  }

  /** All blobs of the table that have bytes, or had some and were used. */
  private static final class Known implements BlobTable.Visitor {
    final List<BlobInfo> blobs = new ArrayList<>();
    long claimedBytes;

    @Override
    public void visit(BlobInfo blob) {
      if (blob.availableBytes() > 0 || blob.use().units() > 0) {
        blobs.add(blob);
        claimedBytes += blob.availableBytes();
      }
    }
  }

  /**
   * Opens the store. The disk's root belongs to it alone.
   *
   * @param place where the disk's root is, for {@link Blob#completeFile}; null if that is nowhere
   */
  public static SparseBlobStore open(
      ArenaStore store, Disk disk, @Nullable Path place, CacheBounds bounds, TimeSource time)
      throws RealizeException {
    try {
      SparseBlobStore opened =
          new SparseBlobStore(store, new BlobDirectory(disk, place), bounds, time);
      opened.claimer.start();
      return opened;
    } catch (IOException e) {
      throw BlobFailures.of("open the blobs of arena " + store.arena(), e);
    }
  }

  /** As the other one, without limits. */
  public static SparseBlobStore open(
      ArenaStore store, Disk disk, @Nullable Path place, TimeSource time) throws RealizeException {
    return open(store, disk, place, CacheBounds.NONE, time);
  }

  @Override
  public Blob open(ContentHash hash, long sizeBytes) throws RealizeException {
    Blob blob = new BlobHandle(this, opener.open(hash, sizeBytes));
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
    return opener.find(hash).map(blob -> new BlobHandle(this, blob));
  }

  @Override
  public Evicted evict(ContentHash hash) throws RealizeException {
    boolean isThere = table.find(hash).filter(row -> !row.available().isEmpty()).isPresent();
    if (!isThere) {
      return Evicted.ABSENT;
    }
    Verdict verdict = eviction.judge(hash);
    Pin reason =
        verdict == Verdict.FREE
            ? eviction.evict(Map.of(hash, queues.lastUse(hash))).get(hash)
            : BlobCache.reason(verdict);
    if (reason == null) {
      return Evicted.GONE;
    }
    return switch (reason) {
      case KEPT -> Evicted.MARKED;
      case ONLY_COPY -> Evicted.LAST_COPY;
      case OPEN -> Evicted.OPEN;
    };
  }

  @Override
  public void distrust(ContentHash hash, ByteRange range) throws RealizeException {
    if (!eviction.isElsewhere(hash)) {
      return; // a last copy with a wrong bit is worth more than none
    }
    Optional<SparseBlob> blob = opener.find(hash);
    if (blob.isEmpty()) {
      return;
    }
    try {
      claims.takeBack(blob.get(), range);
    } finally {
      opener.release(blob.get());
    }
  }

  @Override
  public void retire(ContentHash hash) {
    queues.retire(hash);
  }

  @Override
  public void delete(ContentHash hash) throws RealizeException {
    opener.delete(hash);
  }

  /** A handle was closed. */
  void release(SparseBlob blob) {
    if (opener.release(blob)) {
      claims.idle();
    }
  }

  /** A write into a blob; returns the number of its pending bytes. */
  interface Writing {
    long run() throws RealizeException;
  }

  /** Makes room, writes, and sees to it that what is pending is claimed in time. */
  void write(SparseBlob blob, long offsetBytes, int lengthBytes, Writing writing)
      throws RealizeException {
    cleanup.ensureRun();
    long room = blob.roomFor(offsetBytes, lengthBytes);
    blob.begin(room);
    long pendingBytes;
    try {
      cache.take(blob.row().hash(), room);
      pendingBytes = written(blob, room, writing);
    } finally {
      blob.end(room);
    }
    claimer.wake();
    claims.pending(pendingBytes);
  }

  private long written(SparseBlob blob, long room, Writing writing) throws RealizeException {
    boolean done = false;
    try {
      long pendingBytes = writing.run();
      done = true;
      return pendingBytes;
    } finally {
      if (!done) {
        queues.giveBack(blob.row().hash(), room);
      }
    }
  }

  /** Bytes of a blob were read. */
  void used(SparseBlob blob, int bytes) {
    queues.used(blob, bytes);
  }

  void claim(SparseBlob blob) throws RealizeException {
    claims.claim(blob);
  }

  /** Claims all that is pending in any blob. */
  void claimAll() throws RealizeException {
    claims.claimAll();
  }

  Optional<Path> place(BlobRow row) {
    return directory.place(row);
  }

  @Override
  public long cachedBytes() {
    return totals.claimedBytes();
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
    cleanup.step();
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
    cleanup.run();
  }

  @Override
  public List<String> inspect() throws RealizeException {
    cleanup.ensureRun();
    return inspection.findings();
  }

  /** As {@link #inspect}, while nobody uses a blob and nothing is pending. */
  List<String> inspectAtRest() throws RealizeException {
    return inspection.findingsAtRest();
  }

  @Override
  public DiskUsage usage() throws RealizeException {
    return eviction.usage();
  }

  /** Handles that are still open fail from now on. */
  @Override
  public void close() throws RealizeException {
    claimer.stop();
    try {
      claimAll();
      cache.writeUses();
    } finally {
      opener.close();
    }
  }
}
