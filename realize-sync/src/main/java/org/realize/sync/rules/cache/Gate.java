package org.realize.sync.rules.cache;

/** The admission to a queue of protected blobs. {@link CachePolicy} has the reasons. */
final class Gate {

  private final BlobSlots slots;
  private final Rings queues;
  private final int ring;

  /**
   * The gate of one queue.
   *
   * @param ring the queue of protected blobs among {@code queues}
   */
  Gate(BlobSlots slots, Rings queues, int ring) {
    this.slots = slots;
    this.queues = queues;
    this.ring = ring;
  }

  /** Whether the candidate is used more than the protected blobs whose bytes it needs. */
  boolean admits(int candidate, long neededBytes, int generation) {
    long bytes = 0;
    long units = 0;
    long uses = 0;
    for (int slot = queues.coldest(ring); bytes < neededBytes; slot = queues.hotter(slot)) {
      bytes += slots.bytes(slot);
      units += Frequency.units(slots.bytes(slot));
      uses += slots.uses(slot, generation);
    }
    return units == 0
        || Frequency.outdoes(usesPerUnit(candidate, generation), (double) uses / units);
  }

  /**
   * Whether the coldest protected blob gets a second chance, because it is used more than a
   * candidate that was turned away.
   */
  boolean sparesColdest(int candidate, int generation) {
    int coldest = queues.coldest(ring);
    return coldest != Rings.NONE
        && usesPerUnit(candidate, generation) < usesPerUnit(coldest, generation);
  }

  private double usesPerUnit(int slot, int generation) {
    return (double) slots.uses(slot, generation) / Frequency.units(slots.bytes(slot));
  }
}
