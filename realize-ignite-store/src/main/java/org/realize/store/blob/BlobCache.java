package org.realize.store.blob;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.rules.EvictionRules.Verdict;
import org.realize.sync.rules.cache.CachedBlob;
import org.realize.sync.rules.cache.Epoch;
import org.realize.sync.rules.cache.Pin;

/**
 * The cache of one arena: its blobs, kept within their limits. Room is made before it is used: who
 * wants to write takes it here, and blobs go, in the order of {@link BlobQueues}, until it is
 * there. What the user wants here, what may be the last copy and what is open stays; when nothing
 * else is left, room is refused, and whoever reads gets the bytes without their being kept.
 *
 * <p>Thread-safe; one thread makes room at a time, and holds {@code making} through its I/O.
 */
final class BlobCache {

  /** Room that is made beyond what is asked for, so that not every write makes some. */
  private static final long SLACK_BYTES = 8L << 20;

  /** How often room is made for one request before it is refused. */
  private static final int MAX_ATTEMPTS = 3;

  /** Blobs that one request for room looks at, at most. */
  private static final int MAX_JUDGED = 1_000;

  /** The store as its cache calls it. */
  interface Keeper {
    DiskUsage usage() throws RealizeException;

    /** Whether the bytes may go; reads the table. */
    Verdict judge(ContentHash hash) throws RealizeException;

    /** Writes uses into the table. */
    void note(Map<ContentHash, BlobUse> uses, Epoch epoch) throws RealizeException;

    /**
     * Evicts bytes that nobody has open and that are still judged to be free, and tells the queues
     * of each; returns the others with what keeps them.
     *
     * @param going with the uses that are remembered of them
     */
    Map<ContentHash, Pin> evict(Map<ContentHash, BlobUse> going) throws RealizeException;
  }

  private final String name;
  private final CacheLimits limits;
  private final BlobQueues queues;
  private final Keeper keeper;
  private final ReentrantLock making = new ReentrantLock();
  // written under making
  private volatile boolean full;

  BlobCache(String name, CacheLimits limits, BlobQueues queues, Keeper keeper) {
    this.name = name;
    this.limits = limits;
    this.queues = queues;
    this.keeper = keeper;
  }

  /** Takes room for bytes that a blob is about to get. {@code DiskFull} if there is none. */
  void take(ContentHash hash, long bytes) throws RealizeException {
    boolean isNew = bytes > 0 && !queues.has(hash);
    makeRoomAndTake(hash, bytes);
    if (isNew && keeper.judge(hash) == Verdict.MARKED) {
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
        look();
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
        .formatted(name, now.capacityBytes(), now.usedBytes());
  }

  CacheReport report() {
    return queues.report(full);
  }

  /** The report while nobody is making room. */
  CacheReport settled() {
    making.lock();
    try {
      return report();
    } finally {
      making.unlock();
    }
  }

  /** Looks how much the cache may hold by now. */
  void look() throws RealizeException {
    DiskUsage usage = keeper.usage();
    queues.setCapacity(heldBytes -> limits.capacityBytes(usage, heldBytes));
  }

  /** Gives up what is above the limits by now, because others took room. */
  void trim() throws RealizeException {
    making.lock();
    try {
      look();
      full = !makeRoom(0);
    } finally {
      making.unlock();
    }
  }

  /** Lets blobs go until so many bytes fit in; {@code making} is held. False if they do not. */
  private boolean makeRoom(long bytes) throws RealizeException {
    int judged = 0;
    while (judged < MAX_JUDGED) {
      List<CachedBlob> victims = queues.victims(bytes, SLACK_BYTES);
      if (victims.isEmpty()) {
        break;
      }
      List<CachedBlob> part = victims.subList(0, Math.min(victims.size(), MAX_JUDGED - judged));
      letGo(part);
      judged += part.size();
    }
    return queues.fits(bytes);
  }

  private void letGo(List<CachedBlob> victims) throws RealizeException {
    Map<ContentHash, BlobUse> going = new LinkedHashMap<>();
    for (CachedBlob victim : victims) {
      Verdict verdict = keeper.judge(victim.hash());
      if (verdict == Verdict.FREE) {
        going.put(victim.hash(), queues.lastUse(victim.hash()));
      } else {
        queues.pin(victim.hash(), reason(verdict));
      }
    }
    keeper.evict(going).forEach(queues::pin);
  }

  /** What keeps bytes that are not free. */
  static Pin reason(Verdict verdict) {
    return verdict == Verdict.MARKED ? Pin.KEPT : Pin.ONLY_COPY;
  }

  /** Writes down how blobs were used since the last time. */
  void writeUses() throws RealizeException {
    BlobQueues.Uses uses = queues.takeUses();
    if (!uses.blobs().isEmpty()) {
      keeper.note(uses.blobs(), uses.epoch());
    }
  }
}
