package org.realize.store.blob;

import java.util.ArrayList;
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
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.jctools.queues.MpscChunkedArrayQueue;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore.Cached;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.BlobUse.Area;
import org.realize.sync.port.CacheReport;
import org.realize.sync.rules.cache.CachePolicy;
import org.realize.sync.rules.cache.CachedBlob;
import org.realize.sync.rules.cache.Epoch;
import org.realize.sync.rules.cache.PinReason;
import org.realize.sync.rules.cache.UseCount;

/**
 * The {@link CachePolicy} of one arena's blobs, as many threads use it: what there is, how it is
 * used, and what goes next. Nothing here does I/O.
 *
 * <p><b>Uses</b> are noted by readers without a lock and counted later: a reader adds to the blob's
 * own counter and puts the blob, unless it is there, into a bounded queue. So reading costs no
 * write.
 */
final class BlobQueues {

  /** The disk is asked for its free room at least once in so many bytes. */
  private static final long LOOK_BYTES = 16L << 20;

  /** Blobs with uses that are not counted yet, at most; a further one is noted with its next. */
  private static final int MAX_NOTED = 1 << 16;

  private static final int NOTED_CHUNK = 64;

  private final MpscChunkedArrayQueue<SparseBlob> noted =
      new MpscChunkedArrayQueue<>(NOTED_CHUNK, MAX_NOTED);
  private final ReentrantLock lock = new ReentrantLock();
  // guarded by lock
  private final CachePolicy policy;
  private final Set<ContentHash> changed = new LinkedHashSet<>();
  private long takenSinceLook = LOOK_BYTES;
  private long lastPlace;
  private long committedBytes;

  /**
   * The queues as they were when uses were last written.
   *
   * @param blobs that have bytes, or had some and were used
   */
  BlobQueues(Epoch epoch, List<BlobInfo> blobs) {
    policy = new CachePolicy(Long.MAX_VALUE, epoch, this::noteChanged);
    List<BlobInfo> byLastUse = new ArrayList<>(blobs);
    byLastUse.sort(Comparator.comparingLong(blob -> blob.use().place()));
    for (BlobInfo blob : byLastUse) {
      committedBytes += blob.availableBytes();
      if (blob.availableBytes() > 0) {
        BlobUse use = blob.use();
        policy.restore(
            new CachedBlob(blob.hash(), blob.allocatedBytes(), use.area(), false, uses(use)));
      }
      lastPlace = blob.use().place();
    }
    for (BlobInfo blob : byLastUse) {
      if (blob.availableBytes() == 0) {
        policy.restoreRemoved(blob.hash(), uses(blob.use()));
      }
    }
  }

  private static UseCount uses(BlobUse use) {
    return new UseCount(use.units(), use.generation());
  }

  // ---- what there is

  /** The bytes of all committed ranges. */
  long committedBytes() {
    return locked(() -> committedBytes);
  }

  /**
   * Notes that so much more, or less, of an open blob is committed, the room that it takes, and
   * what writes have reserved since that was measured.
   */
  void committed(SparseBlob blob, long moreBytes, SparseBlob.Room room) {
    lock.lock();
    try {
      committedBytes += moreBytes;
      resize(blob.row().hash(), room.bytes() + blob.begunBytes() - room.begunBytes());
    } finally {
      lock.unlock();
    }
  }

  /** Notes a repair of a blob that nobody has open. */
  void repaired(BlobInfo before, BlobInfo now) {
    lock.lock();
    try {
      committedBytes += now.availableBytes() - before.availableBytes();
      if (now.availableBytes() == 0) {
        remove(now.hash());
      } else {
        resize(now.hash(), now.allocatedBytes());
      }
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

  boolean has(ContentHash hash) {
    return locked(() -> policy.find(hash).isPresent());
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

  /** A blob is marked. */
  void prefer(ContentHash hash) {
    ifThere(hash, () -> policy.prefer(hash, true));
  }

  /** Notes that a blob's bytes are gone, with all ranges of its row. */
  void removed(BlobRow row) {
    lock.lock();
    try {
      committedBytes -= row.available().lengthBytes();
      remove(row.hash());
    } finally {
      lock.unlock();
    }
  }

  private void remove(ContentHash hash) {
    if (policy.find(hash).isPresent()) {
      changed.remove(hash);
      policy.remove(hash);
    }
  }

  /** A blob that may have been open has been closed. */
  void released(ContentHash hash) {
    ifThere(hash, () -> policy.unpin(hash, PinReason.OPEN));
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  private void ifThere(ContentHash hash, Runnable action) {
    lock.lock();
    try {
      if (policy.find(hash).isPresent()) {
        action.run();
      }
    } finally {
      lock.unlock();
    }
  }

  void pin(ContentHash hash, PinReason reason) {
    ifThere(hash, () -> policy.pin(hash, reason));
  }

  /** What had to stay may go from now on, if it is found so again. */
  void unpinAll() {
    lock.lock();
    try {
      List<ContentHash> pinned = new ArrayList<>();
      policy.forEachPinned(blob -> pinned.add(blob.hash()));
      for (ContentHash hash : pinned) {
        for (PinReason reason : PinReason.values()) {
          policy.unpin(hash, reason);
        }
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

  /** The uses of blobs, in the order of their last use, with the epoch of the policy. */
  record Uses(Map<ContentHash, BlobUse> blobs, Epoch epoch) {}

  /** What has changed since the last time. */
  Uses takeUses() {
    Map<ContentHash, BlobUse> uses = new LinkedHashMap<>();
    lock.lock();
    try {
      count();
      for (ContentHash hash : changed) {
        policy.find(hash).ifPresent(blob -> uses.put(hash, use(blob)));
      }
      changed.clear();
      return new Uses(uses, policy.epoch());
    } finally {
      lock.unlock();
    }
  }

  /** How a blob that is about to go was used. */
  BlobUse lastUse(ContentHash hash) {
    lock.lock();
    try {
      count();
      return policy.find(hash).map(this::use).orElse(BlobUse.NONE);
    } finally {
      lock.unlock();
    }
  }

  /** The use of a blob that has the last place from now on; the lock is held. */
  private BlobUse use(CachedBlob blob) {
    UseCount count = blob.uses();
    return new BlobUse(blob.area(), count.units(), count.generation(), ++lastPlace);
  }

  // ---- room

  /** Takes room for bytes of a blob; false if it is not there, or the disk is to be asked first. */
  boolean tryTake(ContentHash hash, long bytes) {
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

  /** True if so many bytes more are within the capacity. */
  boolean fits(long bytes) {
    return locked(() -> missing(bytes) <= 0);
  }

  /**
   * Sets how much there may be, now that the disk was asked.
   *
   * @param capacity from what there is now
   */
  void setCapacity(LongUnaryOperator capacity) {
    lock.lock();
    try {
      takenSinceLook = 0;
      policy.setCapacity(capacity.applyAsLong(policy.usedBytes()));
    } finally {
      lock.unlock();
    }
  }

  /**
   * What has to go for so many bytes; nothing if they fit in.
   *
   * @param slackBytes more that goes then, so that not every write makes room
   */
  List<CachedBlob> victims(long bytes, long slackBytes) {
    lock.lock();
    try {
      count();
      if (missing(bytes) <= 0) {
        return List.of();
      }
      return policy.victims(bytes + Math.min(slackBytes, policy.capacityBytes() / 100));
    } finally {
      lock.unlock();
    }
  }

  // ---- for who looks

  /** Whether a content of this size is kept when it is read. */
  boolean admits(long sizeBytes) {
    return locked(() -> policy.admits(sizeBytes));
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
      return policy.next(max).stream().map(BlobQueues::cached).toList();
    } finally {
      lock.unlock();
    }
  }

  private static Cached cached(CachedBlob blob) {
    return new Cached(blob.hash(), blob.bytes(), blob.area(), blob.uses().units());
  }

  CacheReport report(boolean isFull) {
    return locked(() ->
        new CacheReport(
            policy.capacityBytes(),
            policy.bytes(Area.WORKING),
            policy.bytes(Area.PROTECTED),
            policy.bytes(Area.PENDING),
            policy.pinnedBytes(),
            isFull));
  }
}
