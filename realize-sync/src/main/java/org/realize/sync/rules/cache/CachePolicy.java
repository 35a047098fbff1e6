package org.realize.sync.rules.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

/**
 * The policy of a cache: it decides which blobs stay. The caller tells what is stored, read, pinned
 * and deleted; {@link #victims} then says what must go. It does nothing by itself: a blob is in the
 * cache until the caller says that it {@linkplain #remove was removed}. Not thread-safe. Every
 * operation takes constant time, apart from those that move blobs between areas. A million stored
 * blobs of 1 MiB took 99 bytes of heap each, and 184 with as many removed ones that are remembered.
 *
 * <h2>Areas</h2>
 *
 * New blobs enter the working area. When it is larger than its share, the least recently used blob
 * there comes to the gate. It becomes protected if it is marked, if there is room, or if it is used
 * more, per unit of its size, than the coldest protected blobs that it would displace; else, and
 * that is where the displaced ones go, it is pending removal. What is pending goes first, then the
 * coldest of the working area, then of the protected one. A use brings a pending blob back. Pinned
 * blobs are in no queue, and what they take is not there for the others.
 *
 * <h2>Frequency</h2>
 *
 * TinyLFU (Einziger, Friedman, Manes: <i>TinyLFU: A Highly Efficient Cache Admission Policy</i>,
 * ACM Transactions on Storage 13, 2017), with exact counts in place of a sketch, since there is a
 * row for each blob anyway. Uses are counted in units of 128 KiB served, so that a count divided by
 * the size says how many times over a blob was read, and a large blob must be worth its room. When
 * W units were served, a generation ends and counts are halved, each when it is looked at next.
 *
 * <p>W is 16 times the capacity C. W says how many readings of a whole cache are remembered: too
 * few, and the rank of what is read rarely is chance; too many, and what was popular long ago
 * stands in the way. On the traces below 8, 32 and 64 stay within half a point of 16 on average.
 * That what is new wins in time does not hang on W, but on the working area's share, see below.
 *
 * <h2>Where this is not the plain rule, and why</h2>
 *
 * The plain rule is: a working area of 20 %; and into protected goes what has at least {@code size
 * x W / C} uses, and more per unit than its victims. Hits at a capacity of 10 % (loop: 80 %) of all
 * blobs of 1 MiB, in per cent; in the last column 5 %, so that the hot set just fits in, and of
 * 3,000 blobs in place of 20,000, so that each set lasts seven times as long. {@code
 * scripts/cache-sim --named --capacity 10%} shows the first three rows for any such trace:
 *
 * <pre>
 * zipf(0.9)   loop   scan in zipf   shifting hot set
 * LRU                                     57.2    0.0           56.7        86.3   74.0
 * Caffeine's W-TinyLFU                    64.6   66.1           64.1        74.0   81.3
 * this                                    66.1   75.2           64.3        86.2   84.8
 * the plain rule                          57.8    0.0           56.9        65.4   52.7
 * without its minimum of uses             64.1   60.8           60.7        48.1   54.1
 * this with the minimum of uses           57.2    0.0           56.7        86.3   83.7
 * this with a fixed share of 20 %         65.1   60.8           63.5        58.8   74.8
 * this, compared with LRU only            66.1   75.2           64.3        85.9   74.6
 * this, removed blobs forgotten           61.7   69.5           58.6        55.0   73.7
 * this, any more uses suffice             66.0   46.8           64.2        86.2   84.9
 * this without second chances             65.9   75.2           63.0        86.3   85.0
 * </pre>
 *
 * <ul>
 *   <li>There is no minimum of uses. W / C readings in W is what the average blob of a full cache
 *       gets if all reads hit; most blobs worth keeping get less, and protected room stays empty.
 *   <li>The counts of removed blobs are remembered, of as many as are stored. Else what is wanted
 *       every now and then starts from nothing each time, and never gets through the gate.
 *   <li>A candidate has just been used, and that is why it is here; in a loop everything that comes
 *       is therefore one use ahead of what is there, and would replace it just before its turn. So
 *       it must be more than one reading ahead. But what was itself read once at most, such as a
 *       scan that came while there was room, gives way to anything that was read twice.
 *   <li>A coldest protected blob that is used more than the candidate goes to the hot end, as in
 *       CLOCK. Else it would turn away all who come until it is displaced, though the one behind it
 *       may be worth little.
 *   <li>The working area's share is found by use. No fixed share will do: a hot set that moves
 *       wants nearly all, a loop nothing. Two lists, sizes only, tell at each use what the two
 *       extremes would hold now: LRU, and a cache with a working area of 1 %. If only LRU has the
 *       blob, the share grows by the blob's size; if only the other one, it shrinks by that. So it
 *       goes back and forth within the life of one hot set: first what is new must come in, then
 *       what is asked for once must not push it out. In the same way a second share follows
 *       requests, where each blob counts as much as the average one; the larger share holds. It
 *       starts with 20 % and has at least 1 %. LRU must first make up a lead of 10 % of the
 *       capacity, if there is one; else chance alone moves the share to and fro, which displaces
 *       protected blobs each time (2 points for zipf). To follow whichever of two simple policies
 *       would have done better is what LeCaR does (Vietri and others: <i>Driving Cache Replacement
 *       with ML-based LeCaR</i>, HotStorage 2018), by what either evicted last. It is simpler and
 *       faster than to climb to the best ratio by trial (Einziger, Eytan, Friedman, Manes:
 *       <i>Adaptive Software Cache Management</i>, Middleware 2018), which has to tell the effect
 *       of its last step from that of the readers' moods.
 * </ul>
 */
public final class CachePolicy {

  /** Blobs that are remembered after their removal, if there are fewer stored ones. */
  static final int LEAST_REMEMBERED = 1024;

  /** What is larger than the working area and than this part of the cache is not admitted. */
  private static final int ADMITTED_PART = 5;

  private static final List<Area> REMOVAL_ORDER =
      List.of(Area.PENDING, Area.WORKING, Area.PROTECTED);

  /** The queues: one for each area, and these. */
  private static final int PINNED = 3;

  private static final int REMEMBERED = 4;
  private static final int RINGS = 5;

  private final BlobSlots slots = new BlobSlots();
  private final Rings queues = new Rings(RINGS);
  private final Gate gate = new Gate(slots, queues, Area.PROTECTED.code());
  private final Shadows shadows = new Shadows(slots);
  private final WorkingShare working;
  private final Consumer<ContentHash> moved;

  /** The sizes of what is in each queue. */
  private final long[] queued = new long[RINGS];

  private int stored;
  private long capacityBytes;
  private int generation;
  private long servedUnits;

  public CachePolicy(long capacityBytes) {
    this(capacityBytes, Epoch.FIRST);
  }

  /** A policy that goes on where another was; its blobs are to be {@link #restore restored}. */
  public CachePolicy(long capacityBytes, Epoch epoch) {
    this(capacityBytes, epoch, _ -> {});
  }

  /**
   * The same.
   *
   * @param moved receives each blob that gets another place by itself; it must not call back
   */
  public CachePolicy(long capacityBytes, Epoch epoch, Consumer<ContentHash> moved) {
    this.moved = moved;
    this.capacityBytes = capacityBytes;
    this.generation = epoch.generation();
    this.servedUnits = epoch.servedUnits();
    this.working = new WorkingShare(epoch.shareForBytes(), epoch.shareForRequests());
  }

  /** What is to be restored later, beside the blobs. */
  public Epoch epoch() {
    return new Epoch(generation, servedUnits, working.forBytes(), working.forRequests());
  }

  /** Adds a blob as it was, at the hot end of its queue. Pins are not part of it. */
  public void restore(CachedBlob blob) {
    int slot = add(blob.hash(), blob.bytes());
    slots.setArea(slot, blob.area());
    slots.setPreferred(slot, blob.preferred());
    slots.setUses(slot, blob.uses().units(), blob.uses().generation());
    enqueue(slot);
    shadows.use(slot, evictableCapacity(), generation);
  }

  /** Adds a removed blob that is still remembered, as the one removed last. */
  public void restoreRemoved(ContentHash hash, UseCount uses) {
    if (slots.find(hash) != Rings.NONE) {
      return;
    }
    int slot = slots.add(hash);
    slots.setUses(slot, uses.units(), uses.generation());
    enqueue(slot);
    forget();
  }

  /** Changes the limit. What is above it is then in {@link #victims}. */
  public void setCapacity(long bytes) {
    capacityBytes = bytes;
    settle();
  }

  public long capacityBytes() {
    return capacityBytes;
  }

  /**
   * Adds a blob that was not stored. To be called before its bytes are written, so that there is
   * room: for a blob that grows with {@link #resize}, first with what is written at once. This is
   * the miss, but not a use, see {@link #use}.
   */
  public void insert(ContentHash hash, long bytes) {
    int known = slots.find(hash);
    if (known != Rings.NONE) {
      compareShadows(known, Math.max(bytes, slots.bytes(known)));
    }
    int slot = add(hash, bytes);
    slots.setArea(slot, Area.WORKING);
    if (bytes > workingBytes()) {
      queued[Area.WORKING.code()] += bytes;
      queues.addCold(Area.WORKING.code(), slot);
    } else {
      enqueue(slot);
    }
    shadows.use(slot, evictableCapacity(), generation);
    settle();
  }

  /** Makes a stored blob of a new or a remembered one, in no queue yet. */
  private int add(ContentHash hash, long bytes) {
    int slot = slots.find(hash);
    if (slot == Rings.NONE) {
      slot = slots.add(hash);
    } else if (slots.isStored(slot)) {
      throw new IllegalStateException("blob " + hash.hex8() + " is stored already");
    } else {
      dequeue(slot);
    }
    shadows.resize(slot, bytes);
    slots.setStored(slot);
    stored++;
    return slot;
  }

  /**
   * Counts bytes that were served of a content, all that one reader took in a row at once. What is
   * not stored is remembered with its count, should it be stored later.
   */
  public void use(ContentHash hash, long bytesServed) {
    long units = Frequency.units(bytesServed);
    long window = Frequency.window(capacityBytes);
    servedUnits += units;
    generation += (int) (servedUnits / window);
    servedUnits %= window;
    int slot = slots.find(hash);
    if (slot == Rings.NONE) {
      slot = slots.add(hash);
    } else {
      dequeue(slot);
    }
    long uses = slots.uses(slot, generation) + units;
    slots.setUses(slot, (int) Math.min(uses, Integer.MAX_VALUE), generation);
    if (slots.isStored(slot) && slots.area(slot) == Area.PENDING) {
      slots.setArea(slot, Area.WORKING);
    }
    enqueue(slot);
    if (slots.isStored(slot) && !slots.isPinned(slot)) {
      compareShadows(slot, slots.bytes(slot));
      shadows.use(slot, evictableCapacity(), generation);
    }
    forget();
    settle();
  }

  /** Changes what a blob takes. To be called before it grows, so that there is room. */
  public void resize(ContentHash hash, long bytes) {
    int slot = storedSlot(hash);
    queued[ring(slot)] += bytes - slots.bytes(slot);
    shadows.resize(slot, bytes);
    settle();
  }

  /** Forbids to evict a blob, until {@link #unpin} is called for the same reason. */
  public void pin(ContentHash hash, PinReason reason) {
    int slot = storedSlot(hash);
    dequeue(slot);
    slots.pin(slot, reason);
    enqueue(slot);
    shadows.remove(slot);
    settle();
  }

  /** Ends a {@link #pin}. With the last one the blob is in its area again, at the hot end. */
  public void unpin(ContentHash hash, PinReason reason) {
    int slot = storedSlot(hash);
    if (!slots.isPinned(slot)) {
      return;
    }
    dequeue(slot);
    slots.unpin(slot, reason);
    enqueue(slot);
    if (!slots.isPinned(slot)) {
      shadows.use(slot, evictableCapacity(), generation);
    }
    settle();
  }

  /**
   * Says whether a blob is marked, so that it becomes protected when it leaves the working area.
   */
  public void prefer(ContentHash hash, boolean preferred) {
    slots.setPreferred(storedSlot(hash), preferred);
  }

  /** Sends a blob to pending removal, because its version was deleted or replaced. */
  public void retire(ContentHash hash) {
    int slot = storedSlot(hash);
    dequeue(slot);
    slots.setArea(slot, Area.PENDING);
    enqueue(slot);
  }

  /** Notes that a blob's bytes were removed. Its count is remembered for a while. */
  public void remove(ContentHash hash) {
    int slot = storedSlot(hash);
    dequeue(slot);
    slots.setRemoved(slot);
    enqueue(slot);
    stored--;
    forget();
    settle();
  }

  /** Forgets removed blobs, longest removed first, while there are too many. */
  private void forget() {
    while (slots.size() - stored > Math.max(LEAST_REMEMBERED, stored)) {
      int oldest = queues.coldest(REMEMBERED);
      dequeue(oldest);
      shadows.remove(oldest);
      slots.remove(oldest);
    }
  }

  /**
   * What has to be removed, in this order, for {@code neededBytes} more than is counted now to be
   * within the capacity; all that may be removed if that is not enough. Changes nothing.
   */
  public List<CachedBlob> victims(long neededBytes) {
    List<CachedBlob> victims = new ArrayList<>();
    long excess = usedBytes() + neededBytes - capacityBytes;
    for (Area area : REMOVAL_ORDER) {
      for (int slot = queues.coldest(area.code());
          slot != Rings.NONE && excess > 0;
          slot = queues.hotter(slot)) {
        victims.add(blob(slot));
        excess -= slots.bytes(slot);
      }
    }
    return victims;
  }

  /** Those that are removed first, in their order, at most {@code max}. */
  public List<CachedBlob> next(int max) {
    List<CachedBlob> next = new ArrayList<>();
    for (Area area : REMOVAL_ORDER) {
      for (int slot = queues.coldest(area.code());
          slot != Rings.NONE && next.size() < max;
          slot = queues.hotter(slot)) {
        next.add(blob(slot));
      }
    }
    return next;
  }

  /**
   * Whether a blob of this size is worth storing when it is read for the first time: one that would
   * push out most of what is new is not, and must not be recorded as used either.
   */
  public boolean admits(long bytes) {
    return bytes <= Math.max(workingBytes(), evictableCapacity() / ADMITTED_PART);
  }

  /** Whether there can be room for more, by removing whatever may be removed. */
  public boolean fits(long moreBytes) {
    return pinnedBytes() + moreBytes <= capacityBytes;
  }

  /** What all blobs take. */
  public long usedBytes() {
    return pinnedBytes() + bytes(Area.WORKING) + bytes(Area.PROTECTED) + bytes(Area.PENDING);
  }

  /** What the blobs of an area take that are not pinned. */
  public long bytes(Area area) {
    return queued[area.code()];
  }

  public long pinnedBytes() {
    return queued[PINNED];
  }

  /** Up to this the working area grows. */
  public long workingBytes() {
    return (long) (working.share() * evictableCapacity());
  }

  /** The blob if it is stored, with its count as of now. */
  public Optional<CachedBlob> find(ContentHash hash) {
    int slot = slots.find(hash);
    return slot == Rings.NONE || !slots.isStored(slot) ? Optional.empty() : Optional.of(blob(slot));
  }

  /** Passes on the blobs of an area that are not pinned, from the one that goes first. */
  public void forEach(Area area, Consumer<CachedBlob> action) {
    forEach(area.code(), action);
  }

  public void forEachPinned(Consumer<CachedBlob> action) {
    forEach(PINNED, action);
  }

  private void forEach(int ring, Consumer<CachedBlob> action) {
    for (int slot = queues.coldest(ring); slot != Rings.NONE; slot = queues.hotter(slot)) {
      action.accept(blob(slot));
    }
  }

  private CachedBlob blob(int slot) {
    return new CachedBlob(
        slots.hash(slot),
        slots.bytes(slot),
        slots.area(slot),
        slots.isPreferred(slot),
        new UseCount(slots.uses(slot, generation), generation));
  }

  /** The capacity that pinned blobs leave: what areas, and LRU in their place, share. */
  private long evictableCapacity() {
    return Math.max(0, capacityBytes - pinnedBytes());
  }

  private long protectedBytes() {
    return evictableCapacity() - workingBytes();
  }

  /** A blob is asked for: if only one shadow has it, the working area gets more like that one's. */
  private void compareShadows(int slot, long bytes) {
    double capacity = evictableCapacity();
    if (capacity > 0 && shadows.differ(slot)) {
      working.differ(shadows.lruHas(slot), bytes / capacity, shadows.meanBytes() / capacity);
    }
  }

  /** Moves blobs until no area but pending removal is larger than it may be. */
  private void settle() {
    shadows.settle(evictableCapacity(), generation);
    long workingBytes = workingBytes();
    while (bytes(Area.WORKING) > workingBytes) {
      passGate(queues.coldest(Area.WORKING.code()));
    }
    displace(protectedBytes());
  }

  /** Decides about the coldest blob of the working area. */
  private void passGate(int candidate) {
    long room = protectedBytes() - slots.bytes(candidate);
    if (slots.isPreferred(candidate)) {
      move(candidate, Area.PROTECTED);
      return;
    }
    if (room >= 0 && gate.admits(candidate, bytes(Area.PROTECTED) - room, generation)) {
      displace(room);
      move(candidate, Area.PROTECTED);
      return;
    }
    if (room >= 0 && gate.sparesColdest(candidate, generation)) {
      move(queues.coldest(Area.PROTECTED.code()), Area.PROTECTED);
    }
    move(candidate, Area.PENDING);
  }

  /** Sends the coldest protected blobs to pending removal until the others fit in. */
  private void displace(long roomBytes) {
    while (bytes(Area.PROTECTED) > roomBytes) {
      move(queues.coldest(Area.PROTECTED.code()), Area.PENDING);
    }
  }

  private void move(int slot, Area area) {
    dequeue(slot);
    slots.setArea(slot, area);
    enqueue(slot);
    moved.accept(slots.hash(slot));
  }

  private void dequeue(int slot) {
    queues.remove(slot);
    queued[ring(slot)] -= slots.bytes(slot);
  }

  private void enqueue(int slot) {
    queues.addHot(ring(slot), slot);
    queued[ring(slot)] += slots.bytes(slot);
  }

  private int ring(int slot) {
    return !slots.isStored(slot)
        ? REMEMBERED
        : slots.isPinned(slot) ? PINNED : slots.area(slot).code();
  }

  private int storedSlot(ContentHash hash) {
    int slot = slots.find(hash);
    if (slot == Rings.NONE || !slots.isStored(slot)) {
      throw new IllegalStateException("blob " + hash.hex8() + " is not stored");
    }
    return slot;
  }
}
