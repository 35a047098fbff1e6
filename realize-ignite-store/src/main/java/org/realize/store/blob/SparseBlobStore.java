package org.realize.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
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
import org.realize.sync.port.DiskFile;
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
 * table are touched outside of its lock. Bytes are claimed {@link BlobClaimer#DELAY} after they
 * were written, or at once when {@link BlobClaims#MAX_PENDING_BYTES} of a blob are pending.
 */
public final class SparseBlobStore implements BlobStore {

  /** What had to stay is judged anew so often: another peer may have it by now. */
  private static final Duration RECHECK = Duration.ofMinutes(1);

  /** After a kill, the order of blobs is at most so old. */
  private static final Duration NOTE_USES = Duration.ofMinutes(5);

  private static final Duration CLEAN = Duration.ofDays(1);

  private static final Logger LOG = LoggerFactory.getLogger(SparseBlobStore.class);

  private final BlobTable table;
  private final BlobDirectory directory;
  private final TimeSource time;
  private final Eviction eviction;
  private final BlobRepair repair;
  private final BlobCleanup cleanup;
  private final BlobQueues queues;
  private final BlobCache cache;
  private final BlobClaims claims;
  private final BlobInspection inspection;
  private final BlobClaimer claimer;
  private final Every recheck;
  private final Every noteUses;
  private final Every clean;
  private final OpenBlobs blobs = new OpenBlobs();
  private final AtomicLong cachedBytes = new AtomicLong();

  private SparseBlobStore(
      ArenaStore store, BlobDirectory directory, CacheBounds bounds, TimeSource time)
      throws RealizeException, IOException {
    this.table = new BlobTable(store);
    this.directory = directory;
    this.time = time;
    this.eviction =
        new Eviction(store, bounds.arenaMark(), table, directory, blobs, this::noteEvicted);
    this.repair = new BlobRepair(table, directory, blobs, time);
    this.cleanup = new BlobCleanup(table, directory, repair);
    List<BlobInfo> found = new ArrayList<>();
    cleanup.run(time.unixMillis(), new Gathering(found));
    directory.forceAllNames();
    String name = store.arena().toString();
    this.queues = new BlobQueues(table.epoch(), found);
    this.cache = new BlobCache(name, bounds.limits(), queues, eviction);
    this.claims =
        new BlobClaims(table, directory, blobs, queues, cachedBytes::addAndGet, this::release);
    this.inspection = new BlobInspection(table, directory, blobs, cache, cachedBytes);
    this.claimer = new BlobClaimer(name, time, this::claimAll);
    this.recheck = new Every(RECHECK, time);
    this.noteUses = new Every(NOTE_USES, time);
    this.clean = new Every(CLEAN, time);
    cache.look();
  }

  /**
   * Repairs what a crash left, then opens the store. The disk's root belongs to it alone.
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
    return open(hash, blobs.toFind(hash), () -> table.find(hash).filter(SparseBlobStore::hasBytes));
  }

  private static boolean hasBytes(BlobRow row) {
    return row.sizeBytes() == 0 || !row.available().isEmpty();
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
      BlobRow sound = repair.inOrder(row);
      if (sound.available().isEmpty()) {
        noteRepaired(row.info(), sound.info());
      }
      DiskFile file =
          sound.available().isEmpty() ? directory.create(sound) : directory.openExisting(sound);
      return new SparseBlob(sound, file);
    } catch (IOException e) {
      throw BlobFailures.of("open", row, e);
    }
  }

  private void noteRepaired(BlobInfo before, BlobInfo now) {
    cachedBytes.addAndGet(now.availableBytes() - before.availableBytes());
    if (now.availableBytes() == 0) {
      queues.removed(now.hash());
    } else {
      queues.sized(now.hash(), now.allocatedBytes());
    }
  }

  @Override
  public Evicted evict(ContentHash hash) throws RealizeException {
    boolean isThere = table.find(hash).filter(row -> !row.available().isEmpty()).isPresent();
    if (!isThere) {
      return Evicted.ABSENT;
    }
    return switch (eviction.judge(hash)) {
      case MARKED -> Evicted.MARKED;
      case LAST_COPY -> Evicted.LAST_COPY;
      case FREE ->
          eviction.evict(Map.of(hash, queues.lastUse(hash))).isEmpty()
              ? Evicted.GONE
              : Evicted.OPEN;
    };
  }

  @Override
  public void distrust(ContentHash hash, ByteRange range) throws RealizeException {
    if (!eviction.isElsewhere(hash)) {
      return; // a last copy with a wrong bit is worth more than none
    }
    if (!(blobs.toFind(hash) instanceof OpenBlobs.Access.Shared shared)) {
      throw new IllegalStateException("blob " + hash.hex8() + " is not open");
    }
    SparseBlob blob = shared.blob();
    try {
      claims.takeBack(blob, range);
    } finally {
      release(blob);
    }
  }

  @Override
  public void retire(ContentHash hash) {
    queues.retire(hash);
  }

  /** An evicted blob's bytes are gone. */
  private void noteEvicted(BlobRow row) {
    cachedBytes.addAndGet(-row.available().lengthBytes());
    queues.removed(row.hash());
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
        queues.removed(hash);
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
        queues.released(blob.row().hash());
        claims.idle();
      }
      case UNUSED -> {
        closeFile(blob); // before anybody may evict it: an open file keeps its room
        queues.released(blob.row().hash());
        blobs.settle(blob.row().hash(), null);
      }
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

  /** Puts bytes into a blob; returns how many of it are pending. */
  interface Writing {
    long run() throws RealizeException;
  }

  /** Makes room, writes, and sees to it that what is pending is claimed in time. */
  void write(SparseBlob blob, long offsetBytes, int lengthBytes, Writing writing)
      throws RealizeException {
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
    return cachedBytes.get();
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
    if (recheck.isDue()) {
      queues.unpinAll();
    }
    cache.trim();
    if (noteUses.isDue()) {
      cache.writeUses();
    }
    if (clean.isDue()) {
      cleanup();
    }
  }

  /**
   * Compares files and table, and puts in order what is not in use; as {@link #step} does daily.
   */
  public void cleanup() throws RealizeException {
    try {
      cleanup.run(time.unixMillis(), new Noting());
    } catch (IOException e) {
      throw BlobFailures.of("compare the blobs of arena '%s'".formatted(table.arena()), e);
    }
  }

  /** What the cleanup finds at start: all blobs that have bytes, or had some and were used. */
  private final class Gathering implements BlobCleanup.Visitor {
    private final List<BlobInfo> found;

    Gathering(List<BlobInfo> found) {
      this.found = found;
    }

    @Override
    public void sound(BlobInfo blob) {
      if (blob.availableBytes() > 0 || blob.use().units() > 0) {
        found.add(blob);
        cachedBytes.addAndGet(blob.availableBytes());
      }
    }

    @Override
    public void repaired(BlobInfo before, BlobInfo now) {
      sound(now);
    }
  }

  /** What it finds later on. */
  private final class Noting implements BlobCleanup.Visitor {
    @Override
    public void sound(BlobInfo blob) {}

    @Override
    public void repaired(BlobInfo before, BlobInfo now) {
      noteRepaired(before, now);
    }
  }

  @Override
  public List<String> inspect() throws RealizeException {
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
      blobs.close().forEach(SparseBlobStore::closeFile);
    }
  }
}
