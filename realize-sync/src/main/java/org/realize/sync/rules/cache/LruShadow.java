package org.realize.sync.rules.cache;

/**
 * A simulated cache of the same capacity that evicts the least recently used: the last used blobs,
 * stored or not, while they are remembered.
 */
final class LruShadow {

  private static final int RECENT = 0;

  private final BlobSlots slots;
  private final Rings order = new Rings(1);
  private long bytes;
  private int size;

  LruShadow(BlobSlots slots) {
    this.slots = slots;
  }

  boolean contains(int slot) {
    return order.contains(slot);
  }

  /** The mean size of what it holds; 0 when it is empty. */
  double meanBytes() {
    return size == 0 ? 0 : (double) bytes / size;
  }

  /** Notes a use of a blob, which pushes out what no longer fits. */
  void use(int slot, long capacityBytes) {
    remove(slot);
    if (slots.bytes(slot) <= capacityBytes) {
      order.addHot(RECENT, slot);
      bytes += slots.bytes(slot);
      size++;
      trim(capacityBytes);
    }
  }

  /** Lets blobs go that no longer fit. */
  void trim(long capacityBytes) {
    while (bytes > capacityBytes && size > 0) {
      remove(order.coldest(RECENT));
    }
  }

  /** To be called before a blob's slot is freed. */
  void remove(int slot) {
    if (order.contains(slot)) {
      order.remove(slot);
      bytes -= slots.bytes(slot);
      size--;
    }
  }

  /** To be called before a blob's size changes. */
  void resize(int slot, long newBytes) {
    if (order.contains(slot)) {
      bytes += newBytes - slots.bytes(slot);
    }
  }
}
