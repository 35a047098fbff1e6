package org.realize.sync.rules.cache;

/**
 * Two caches of the same capacity that are only lists of what they would hold: one that evicts the
 * least recently used, and one that lets through the gate whatever it keeps.
 */
final class Shadows {

  private final BlobSlots slots;
  private final LruShadow lru;
  private final GatedShadow gated;

  Shadows(BlobSlots slots) {
    this.slots = slots;
    this.lru = new LruShadow(slots);
    this.gated = new GatedShadow(slots);
  }

  /** Whether only one of the two has a blob. */
  boolean differ(int slot) {
    return lru.contains(slot) != gated.contains(slot);
  }

  boolean lruHas(int slot) {
    return lru.contains(slot);
  }

  /** The mean size of what they hold; 0 when they are empty. */
  double meanBytes() {
    return lru.meanBytes();
  }

  /** Notes a use of a blob, which both have then if it fits. */
  void use(int slot, long capacityBytes, int generation) {
    lru.use(slot, capacityBytes);
    gated.use(slot, capacityBytes, generation);
  }

  /** Lets blobs go that no longer fit. */
  void settle(long capacityBytes, int generation) {
    lru.trim(capacityBytes);
    gated.settle(capacityBytes, generation);
  }

  /** To be called before a blob's slot is freed. */
  void remove(int slot) {
    lru.remove(slot);
    gated.remove(slot);
  }

  /** Changes the size of a blob, wherever it is. */
  void resize(int slot, long newBytes) {
    lru.resize(slot, newBytes);
    gated.resize(slot, newBytes);
    slots.setBytes(slot, newBytes);
  }
}
