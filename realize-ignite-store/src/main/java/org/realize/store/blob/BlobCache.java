package org.realize.store.blob;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jctools.queues.MpscChunkedArrayQueue;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobStore.Cached;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.BlobUse.Area;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.rules.EvictionRules.Verdict;
import org.realize.sync.rules.cache.CachePolicy;
import org.realize.sync.rules.cache.CachedBlob;
import org.realize.sync.rules.cache.Epoch;
import org.realize.sync.rules.cache.Pin;
import org.realize.sync.rules.cache.UseCount;

/**
 * Keeps the blobs of one arena within their limits. Room is made before it is used: who wants to
 * write takes it here, and blobs go, by the {@link CachePolicy}, until it is there. What the user
 * wants here, what may be the last copy and what is open stays; when nothing else is left, room is
 * refused, and whoever reads gets the bytes without their being kept.
 *
 * <p><b>Uses</b> are noted by readers without a lock and counted later: a reader adds to the blob's
 * own counter and puts the blob, unless it is there, into a bounded queue. So reading costs no
 * write; how blobs were used is written down by {@link #writeUses}, some minutes later.
 *
 * <p><b>Locks.</b> {@code making} is held by the one thread that makes room, through its I/O;
 * {@code lock}, below it, guards the policy and is never held during I/O.
 */
final class BlobCache {

  /** Room that is made beyond what is asked for, so that not every write makes some. */
  private static final long SLACK_BYTES = 8L << 20;

  /** The disk is asked for its free room at least once in so many bytes. */
  private static final long LOOK_BYTES = 16L << 20;

  /** How often room is made for one request before it is refused. */
  private static final int MAX_ATTEMPTS = 3;

  /** What is larger than this part of the cache is read without being kept. */
  private static final int ADMITTED_PART = 5;

  /** Blobs that one request for room looks at, at most. */
  private static final int MAX_JUDGED = 1_000;

  /** Blobs with uses that are not counted yet, at most; a further one is noted with its next. */
  private static final int MAX_NOTED = 1 << 16;

  private static final int NOTED_CHUNK = 64;

  /** What a cache asks of its store. */
  interface Keeper {
    DiskUsage usage() throws RealizeException;

    /** Whether the bytes may go; reads the table. */
    Verdict judge(ContentHash hash) throws RealizeException;

    /** Writes uses into the table. */
    void note(Map<ContentHash, BlobUse> uses, Epoch epoch) throws RealizeException;

    /**
     * Lets bytes go as far as nobody has them open, and tells {@link #removed} of each; returns
     * those that are open.
     */
    Collection<ContentHash> evict(Collection<ContentHash> hashes) throws RealizeException;
  }

  private final String name;
  private final CacheLimits limits;
  private final Keeper keeper;
  private final MpscChunkedArrayQueue<SparseBlob> noted =
      new MpscChunkedArrayQueue<>(NOTED_CHUNK, MAX_NOTED);
  private final ReentrantLock making = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final CachePolicy policy;
  private final Set<ContentHash> changed = new LinkedHashSet<>();
  private long takenSinceLook = LOOK_BYTES;
  private long lastPlace;
  // written under making
  private volatile boolean full;

  /**
   * A cache as it was when its uses were last written.
   *
   * @param blobs that have bytes; sorted here
   */
  BlobCache(String name, CacheLimits limits, Epoch epoch, List<BlobInfo> blobs, Keeper keeper) {
    this.name = name;
    this.limits = limits;
    this.keeper = keeper;
    policy = new CachePolicy(Long.MAX_VALUE, epoch, this::noteChanged);
    blobs.sort(Comparator.comparingLong(blob -> blob.use().place()));
    for (BlobInfo blob : blobs) {
      BlobUse use = blob.use();
      UseCount uses = new UseCount(use.units(), use.generation());
      policy.restore(new CachedBlob(blob.hash(), blob.allocatedBytes(), use.area(), false, uses));
      lastPlace = use.place();
    }
  }

  // ---- what there is

  /** Notes what an open blob takes, and what writes have taken since that was measured. */
  void sized(SparseBlob blob, SparseBlob.Room room) {
    lock.lock();
    try {
      resize(blob.row().hash(), room.bytes() + blob.begunBytes() - room.begunBytes());
    } finally {
      lock.unlock();
    }
  }

  /** Notes what a blob takes that nobody has open. */
  void sized(ContentHash hash, long bytes) {
    lock.lock();
    try {
      resize(hash, bytes);
    } finally {
      lock.unlock();
    }
  }

  private void resize(ContentHash hash, long bytes) {
    if (policy.find(hash).isPresent()) {
      policy.resize(hash, bytes);
    } else if (bytes > 0) {
      policy.insert(hash, bytes);
      noteChanged(hash);
    }
  }

  /** A blob is gone, with what it took. */
  void removed(ContentHash hash) {
    lock.lock();
    try {
      changed.remove(hash);
      if (policy.find(hash).isPresent()) {
        policy.remove(hash);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nothing shows a blob any more: it goes first. */
  void retire(ContentHash hash) {
    lock.lock();
    try {
      if (policy.find(hash).filter(blob -> blob.area() != Area.PENDING).isPresent()) {
        policy.retire(hash);
        noteChanged(hash);
      }
    } finally {
      lock.unlock();
    }
  }

  /** A blob that may have been open has been closed. */
  void released(ContentHash hash) {
    lock.lock();
    try {
      if (policy.find(hash).isPresent()) {
        policy.unpin(hash, Pin.OPEN);
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- uses

  /** Somebody has read bytes of a blob. Waits for nothing. */
  void used(SparseBlob blob, int bytes) {
    if (blob.served(bytes) && !noted.offer(blob)) {
      blob.unnote();
    }
  }

  /** Counts what was noted; the lock is held. */
  private void count() {
    for (SparseBlob blob = noted.poll(); blob != null; blob = noted.poll()) {
      ContentHash hash = blob.row().hash();
      policy.use(hash, blob.takeServed());
      noteChanged(hash);
    }
  }

  /** The last one changed is the last one in the set; the lock is held. */
  private void noteChanged(ContentHash hash) {
    changed.remove(hash);
    changed.add(hash);
  }

  /** Writes down how blobs were used since the last time. */
  void writeUses() throws RealizeException {
    Map<ContentHash, BlobUse> uses = new LinkedHashMap<>();
    Epoch epoch;
    lock.lock();
    try {
      count();
      for (ContentHash hash : changed) {
        Optional<CachedBlob> blob = policy.find(hash);
        if (blob.isPresent()) {
          UseCount count = blob.get().uses();
          uses.put(
              hash, new BlobUse(blob.get().area(), count.units(), count.generation(), ++lastPlace));
        }
      }
      changed.clear();
      epoch = policy.epoch();
    } finally {
      lock.unlock();
    }
    if (!uses.isEmpty()) {
      keeper.note(uses, epoch);
    }
  }

  // ---- room

  /** Takes room for bytes that a blob is about to get. {@code DiskFull} if there is none. */
  void take(ContentHash hash, long bytes) throws RealizeException {
    boolean isNew = bytes > 0 && !has(hash);
    makeRoomAndTake(hash, bytes);
    if (isNew && keeper.judge(hash) == Verdict.MARKED) {
      prefer(hash);
    }
  }

  private void makeRoomAndTake(ContentHash hash, long bytes) throws RealizeException {
    if (bytes == 0 || tryTake(hash, bytes)) {
      return;
    }
    making.lock();
    try {
      boolean taken = false;
      for (int attempt = 0; !taken && attempt < MAX_ATTEMPTS; attempt++) {
        look();
        taken = makeRoom(bytes) && tryTake(hash, bytes); // others may take it before
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

  private boolean has(ContentHash hash) {
    lock.lock();
    try {
      return policy.find(hash).isPresent();
    } finally {
      lock.unlock();
    }
  }

  private void prefer(ContentHash hash) {
    lock.lock();
    try {
      if (policy.find(hash).isPresent()) {
        policy.prefer(hash, true);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean tryTake(ContentHash hash, long bytes) {
    lock.lock();
    try {
      if (takenSinceLook >= LOOK_BYTES || missing(bytes) > 0) {
        return false;
      }
      takenSinceLook += bytes;
      grow(hash, bytes);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A write that took room has failed. */
  void giveBack(ContentHash hash, long bytes) {
    lock.lock();
    try {
      grow(hash, -bytes);
    } finally {
      lock.unlock();
    }
  }

  private void grow(ContentHash hash, long bytes) {
    Optional<CachedBlob> present = policy.find(hash);
    if (present.isPresent()) {
      policy.resize(hash, Math.max(0, present.get().bytes() + bytes));
    } else if (bytes > 0) {
      policy.insert(hash, bytes);
      noteChanged(hash);
    }
  }

  private long missing(long bytes) {
    return policy.usedBytes() + bytes - policy.capacityBytes();
  }

  /** Whether a content of this size is kept when it is read. */
  boolean admits(long sizeBytes) {
    lock.lock();
    try {
      long evictable = policy.capacityBytes() - policy.pinnedBytes();
      return sizeBytes <= Math.max(policy.workingBytes(), evictable / ADMITTED_PART);
    } finally {
      lock.unlock();
    }
  }

  /** The blobs used most. */
  List<Cached> hottest(int max) {
    PriorityQueue<CachedBlob> hottest =
        new PriorityQueue<>(Comparator.comparingInt(blob -> blob.uses().units()));
    Consumer<CachedBlob> keep =
        blob -> {
          hottest.add(blob);
          if (hottest.size() > max) {
            hottest.remove();
          }
        };
    lock.lock();
    try {
      count();
      for (Area area : Area.values()) {
        policy.forEach(area, keep);
      }
      policy.forEachPinned(keep);
    } finally {
      lock.unlock();
    }
    List<Cached> sorted = new ArrayList<>();
    while (!hottest.isEmpty()) {
      sorted.addFirst(cached(hottest.remove()));
    }
    return sorted;
  }

  /** The blobs that go next, in their order. */
  List<Cached> next(int max) {
    lock.lock();
    try {
      count();
      return policy.victims(policy.capacityBytes()).stream()
          .limit(max)
          .map(BlobCache::cached)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  private static Cached cached(CachedBlob blob) {
    return new Cached(blob.hash(), blob.bytes(), blob.area(), blob.uses().units());
  }

  CacheReport report() {
    lock.lock();
    try {
      return new CacheReport(
          policy.capacityBytes(),
          policy.bytes(Area.WORKING),
          policy.bytes(Area.PROTECTED),
          policy.bytes(Area.PENDING),
          policy.pinnedBytes(),
          full);
    } finally {
      lock.unlock();
    }
  }

  /** Looks how much the cache may hold by now. */
  void look() throws RealizeException {
    DiskUsage usage = keeper.usage();
    lock.lock();
    try {
      takenSinceLook = 0;
      policy.setCapacity(limits.capacityBytes(usage, policy.usedBytes()));
    } finally {
      lock.unlock();
    }
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
      List<CachedBlob> victims = victims(bytes);
      if (victims.isEmpty()) {
        break;
      }
      List<CachedBlob> part = victims.subList(0, Math.min(victims.size(), MAX_JUDGED - judged));
      letGo(part);
      judged += part.size();
    }
    lock.lock();
    try {
      return missing(bytes) <= 0;
    } finally {
      lock.unlock();
    }
  }

  /** What has to go for so many bytes, and some more; nothing if they fit in. */
  private List<CachedBlob> victims(long bytes) {
    lock.lock();
    try {
      count();
      if (missing(bytes) <= 0) {
        return List.of();
      }
      return policy.victims(bytes + Math.min(SLACK_BYTES, policy.capacityBytes() / 100));
    } finally {
      lock.unlock();
    }
  }

  private void letGo(List<CachedBlob> victims) throws RealizeException {
    List<ContentHash> going = new ArrayList<>();
    for (CachedBlob victim : victims) {
      Verdict verdict = keeper.judge(victim.hash());
      if (verdict == Verdict.FREE) {
        going.add(victim.hash());
      } else {
        pin(List.of(victim.hash()), verdict == Verdict.MARKED ? Pin.KEPT : Pin.ONLY_COPY);
      }
    }
    pin(keeper.evict(going), Pin.OPEN);
  }

  private void pin(Collection<ContentHash> hashes, Pin reason) {
    lock.lock();
    try {
      for (ContentHash hash : hashes) {
        if (policy.find(hash).isPresent()) {
          policy.pin(hash, reason);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** What had to stay may go from now on, if it is found so again. */
  void unpinAll() {
    lock.lock();
    try {
      List<ContentHash> pinned = new ArrayList<>();
      policy.forEachPinned(blob -> pinned.add(blob.hash()));
      for (ContentHash hash : pinned) {
        for (Pin reason : Pin.values()) {
          policy.unpin(hash, reason);
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
