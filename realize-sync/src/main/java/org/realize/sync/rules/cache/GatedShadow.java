package org.realize.sync.rules.cache;

import java.util.BitSet;

/**
 * A simulated cache of the same capacity with the smallest possible working area, so that nearly
 * all of it is protected by the {@link Gate}. A blob that the gate turns away is dropped at once.
 */
final class GatedShadow {

  private static final int WORKING = 0;
  private static final int PROTECTED = 1;

  private final BlobSlots slots;
  private final Rings queues = new Rings(2);
  private final Gate gate;
  private final BitSet areProtected = new BitSet();
  private final long[] bytes = new long[2];

  GatedShadow(BlobSlots slots) {
    this.slots = slots;
    this.gate = new Gate(slots, queues, PROTECTED);
  }

  boolean contains(int slot) {
    return queues.contains(slot);
  }

  /** Notes a use of a blob. */
  void use(int slot, long capacityBytes, int generation) {
    boolean isProtected = contains(slot) && areProtected.get(slot);
    boolean isLarge = slots.bytes(slot) > workingBytes(capacityBytes);
    remove(slot);
    add(isProtected ? PROTECTED : WORKING, slot, !isProtected && isLarge);
    settle(capacityBytes, generation);
  }

  private static long workingBytes(long capacityBytes) {
    return (long) (WorkingShare.LEAST * capacityBytes);
  }

  /** Lets blobs go that no longer fit. */
  void settle(long capacityBytes, int generation) {
    long workingBytes = workingBytes(capacityBytes);
    long protectedBytes = capacityBytes - workingBytes;
    while (bytes[WORKING] > workingBytes) {
      int candidate = queues.coldest(WORKING);
      remove(candidate);
      passGate(candidate, protectedBytes - slots.bytes(candidate), generation);
    }
    displace(protectedBytes);
  }

  private void passGate(int candidate, long room, int generation) {
    if (room < 0) {
      return;
    }
    if (gate.admits(candidate, bytes[PROTECTED] - room, generation)) {
      displace(room);
      add(PROTECTED, candidate, false);
    } else if (gate.sparesColdest(candidate, generation)) {
      int coldest = queues.coldest(PROTECTED);
      remove(coldest);
      add(PROTECTED, coldest, false);
    }
  }

  private void displace(long roomBytes) {
    while (bytes[PROTECTED] > roomBytes) {
      remove(queues.coldest(PROTECTED));
    }
  }

  private void add(int ring, int slot, boolean isCold) {
    if (isCold) {
      queues.addCold(ring, slot);
    } else {
      queues.addHot(ring, slot);
    }
    areProtected.set(slot, ring == PROTECTED);
    bytes[ring] += slots.bytes(slot);
  }

  /** To be called before a blob's slot is freed. */
  void remove(int slot) {
    if (contains(slot)) {
      queues.remove(slot);
      bytes[ring(slot)] -= slots.bytes(slot);
    }
  }

  /** To be called before a blob's size changes. */
  void resize(int slot, long newBytes) {
    if (contains(slot)) {
      bytes[ring(slot)] += newBytes - slots.bytes(slot);
    }
  }

  private int ring(int slot) {
    return areProtected.get(slot) ? PROTECTED : WORKING;
  }
}
