package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore.Evicted;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.rules.EvictionRules.EvictionVerdict;
import org.realize.sync.rules.cache.CachedBlob;
import org.realize.sync.rules.cache.PinReason;

/**
 * The cache of one arena: its blobs, kept within their limits. Room is reserved before it is used:
 * a write reserves it here, and blobs are evicted, in the order of {@link BlobQueues}, until it is
 * there. What the user wants here, what may be the last copy and what is open stays; when nothing
 * else is left, room is refused, and readers get the bytes uncached.
 *
 * <p>Thread-safe; one thread makes room at a time, and holds {@code making} through its I/O.
 */
final class BlobCache {

  /** Room that is made beyond what is asked for, so that not every write makes some. */
  private static final long SLACK_BYTES = 8L << 20;

  /** Attempts to make room for one request before it is refused. */
  private static final int MAX_ATTEMPTS = 3;

  /** The most blobs that one request for room judges. */
  private static final int MAX_JUDGED = 1_000;

  private final CacheLimits limits;
  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final BlobQueues queues;
  private final ReentrantLock making = new ReentrantLock();
  // written under making
  private volatile boolean full;

  BlobCache(
      CacheLimits limits,
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      BlobQueues queues) {
    this.limits = limits;
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.queues = queues;
  }

  // ---- room

  /**
   * Room in the cache for one write into an open blob. Close it after the write; room that was not
   * {@linkplain #keep kept} is given back.
   */
  final class Reservation implements AutoCloseable {
    private final SparseBlob blob;
    private final long bytes;
    private boolean isKept;

    private Reservation(SparseBlob blob, long bytes) {
      this.blob = blob;
      this.bytes = bytes;
    }

    /** Notes that the write succeeded: its bytes take the room. */
    void keep() {
      isKept = true;
    }

    @Override
    public void close() {
      if (!isKept) {
        queues.giveBack(blob.row().hash(), bytes);
      }
      blob.end(bytes);
    }
  }

  /** Reserves room for bytes that are about to be written; {@code DiskFull} if there is none. */
  Reservation reserve(SparseBlob blob, long offsetBytes, int lengthBytes) throws RealizeException {
    long bytes = blob.begin(offsetBytes, lengthBytes);
    boolean isTaken = false;
    try {
      take(blob.row().hash(), bytes);
      isTaken = true;
      return new Reservation(blob, bytes);
    } finally {
      if (!isTaken) {
        blob.end(bytes);
      }
    }
  }

  private void take(ContentHash hash, long bytes) throws RealizeException {
    boolean isNew = bytes > 0 && !queues.has(hash);
    makeRoomAndTake(hash, bytes);
    if (isNew && table.judge(hash) == EvictionVerdict.MARKED) {
      queues.prefer(hash);
    }
  }

  private void makeRoomAndTake(ContentHash hash, long bytes) throws RealizeException {
    if (bytes == 0 || queues.tryTake(hash, bytes)) {
      return;
    }
    making.lock();
    try {
      boolean taken = false;
      for (int attempt = 0; !taken && attempt < MAX_ATTEMPTS; attempt++) {
        measure();
        taken = makeRoom(bytes) && queues.tryTake(hash, bytes); // others may take it before
      }
      full = !taken;
      if (!taken) {
        throw new DiskFull(refusal(), null);
      }
    } finally {
      making.unlock();
    }
  }

  private String refusal() {
    CacheReport now = report();
    return "no room in the cache of arena '%s': it may hold %,d bytes by now, and of %,d none may go"
        .formatted(table.arena(), now.capacityBytes(), now.usedBytes());
  }

  CacheReport report() {
    return queues.report(full);
  }

  /** The report while no room is being made. */
  CacheReport settled() {
    making.lock();
    try {
      return report();
    } finally {
      making.unlock();
    }
  }

  DiskUsage usage() throws RealizeException {
    try {
      return directory.usage();
    } catch (IOException e) {
      throw Disk.failure("ask for the room of blobs", e);
    }
  }

  /** Sets the capacity by what the disk has free now. */
  void measure() throws RealizeException {
    DiskUsage usage = usage();
    queues.setCapacity(heldBytes -> limits.capacityBytes(usage, heldBytes));
  }

  /** Evicts what is above the limits now, because others took room. */
  void trim() throws RealizeException {
    making.lock();
    try {
      measure();
      full = !makeRoom(0);
    } finally {
      making.unlock();
    }
  }

  /** Evicts blobs until so many bytes fit in; {@code making} is held. False if they do not. */
  private boolean makeRoom(long bytes) throws RealizeException {
    int judged = 0;
    while (judged < MAX_JUDGED) {
      List<CachedBlob> victims = queues.victims(bytes, SLACK_BYTES);
      if (victims.isEmpty()) {
        break;
      }
      List<CachedBlob> part = victims.subList(0, Math.min(victims.size(), MAX_JUDGED - judged));
      evict(part);
      judged += part.size();
    }
    return queues.fits(bytes);
  }

  // ---- eviction

  private void evict(List<CachedBlob> victims) throws RealizeException {
    List<ContentHash> going = new ArrayList<>();
    for (CachedBlob victim : victims) {
      EvictionVerdict verdict = table.judge(victim.hash());
      if (verdict == EvictionVerdict.FREE) {
        going.add(victim.hash());
      } else {
        queues.pin(victim.hash(), BlobTable.reason(verdict));
      }
    }
    evictFree(going).forEach(queues::pin);
  }

  /** Evicts one content by order of a user. */
  Evicted evict(ContentHash hash) throws RealizeException {
    if (table.find(hash).filter(row -> !row.available().isEmpty()).isEmpty()) {
      return Evicted.ABSENT;
    }
    EvictionVerdict verdict = table.judge(hash);
    PinReason reason =
        verdict == EvictionVerdict.FREE
            ? evictFree(List.of(hash)).get(hash)
            : BlobTable.reason(verdict);
    if (reason == null) {
      return Evicted.GONE;
    }
    return switch (reason) {
      case KEPT -> Evicted.MARKED;
      case ONLY_COPY -> Evicted.LAST_COPY;
      case OPEN -> Evicted.OPEN;
    };
  }

  /** Evicts contents that are not open and are still judged free; returns what keeps the others. */
  private Map<ContentHash, PinReason> evictFree(List<ContentHash> hashes) throws RealizeException {
    Map<ContentHash, PinReason> staying = new LinkedHashMap<>();
    Map<ContentHash, BlobUse> alone = new LinkedHashMap<>();
    for (ContentHash hash : hashes) {
      if (blobs.tryAlone(hash)) {
        alone.put(hash, queues.lastUse(hash));
      } else {
        staying.put(hash, PinReason.OPEN);
      }
    }
    try {
      staying.putAll(evictAlone(alone));
    } finally {
      alone.keySet().forEach(hash -> blobs.settle(hash, null));
    }
    return staying;
  }

  /**
   * Evicts contents that this thread has to itself: first the ranges of all rows in one commit that
   * judges again, since a peer may have lost its copy after the first judgement; then the files;
   * then the rows' names of their files. The rows stay with their references and uses. A crash
   * after the first commit leaves rows without ranges whose files are there, which are deleted by
   * {@link BlobFiles}; a power cut that takes it back leaves rows without files, which lose their
   * ranges when they are opened.
   */
  private Map<ContentHash, PinReason> evictAlone(Map<ContentHash, BlobUse> uses)
      throws RealizeException {
    BlobTable.Withdrawal withdrawal = table.withdraw(uses);
    if (!withdrawal.areAllCurrent()) {
      table.force(); // what says that they are not needed must not be lost after them
    }
    List<BlobRow> deleted = new ArrayList<>();
    try {
      for (BlobRow row : withdrawal.rows()) {
        directory.delete(row);
        deleted.add(row);
      }
    } catch (IOException e) {
      throw Disk.failure("evict blobs", e);
    } finally {
      table.lose(deleted);
      withdrawal.rows().forEach(queues::removed);
    }
    return withdrawal.staying();
  }

  // ---- uses

  /** Writes the uses of blobs since the last time into the table. */
  void writeUses() throws RealizeException {
    BlobQueues.Uses uses = queues.takeUses();
    if (!uses.blobs().isEmpty()) {
      table.note(uses.blobs(), uses.epoch());
    }
  }
}
