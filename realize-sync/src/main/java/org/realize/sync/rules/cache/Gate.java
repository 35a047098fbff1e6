package org.realize.sync.rules.cache;

/**
 * The gate of a queue of protected blobs: it says which candidates may displace the coldest of
 * them, and changes nothing. {@link CachePolicy} has the reasons.
 */
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

  /**
   * Whether the uses of the candidate, per unit of size, {@linkplain Frequency#outdoes outdo} those
   * of the coldest protected blobs that take {@code neededBytes}, which is at most what the queue
   * holds. True if it needs none.
   */
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
   * Whether the coldest protected blob has more uses per unit of size than a candidate that was
   * turned away; the caller then moves it to the hot end.
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
