package org.realize.sync.rules.cache;

import java.util.Arrays;

/**
 * Queues of slots, each from cold to hot, in two arrays: 8 bytes a slot. A slot is in one queue at
 * most.
 */
final class Rings {

  /** No slot. */
  static final int NONE = -1;

  private static final int UNLINKED = -1;

  /** The first nodes are the queues' ends, joining the hottest to the coldest; then the slots. */
  private final int rings;

  private int[] hotter;
  private int[] colder;

  Rings(int rings) {
    this.rings = rings;
    hotter = new int[rings];
    colder = new int[rings];
    for (int ring = 0; ring < rings; ring++) {
      hotter[ring] = ring;
      colder[ring] = ring;
    }
  }

  boolean contains(int slot) {
    int node = slot + rings;
    return node < hotter.length && hotter[node] != UNLINKED;
  }

  void addHot(int ring, int slot) {
    insert(slot, colder[ring], ring);
  }

  void addCold(int ring, int slot) {
    insert(slot, ring, hotter[ring]);
  }

  private void insert(int slot, int below, int above) {
    int node = slot + rings;
    if (node >= hotter.length) {
      int from = hotter.length;
      hotter = Arrays.copyOf(hotter, BlobSlots.grown(node));
      colder = Arrays.copyOf(colder, hotter.length);
      Arrays.fill(hotter, from, hotter.length, UNLINKED);
    }
    if (hotter[node] != UNLINKED) {
      throw new IllegalStateException("slot " + slot + " is in a queue already");
    }
    hotter[node] = above;
    colder[node] = below;
    hotter[below] = node;
    colder[above] = node;
  }

  void remove(int slot) {
    int node = slot + rings;
    hotter[colder[node]] = hotter[node];
    colder[hotter[node]] = colder[node];
    hotter[node] = UNLINKED;
  }

  /** The slot that has been in the queue longest, or {@link #NONE}. */
  int coldest(int ring) {
    return slot(hotter[ring]);
  }

  /** The slot after this one, or {@link #NONE}. */
  int hotter(int slot) {
    return slot(hotter[slot + rings]);
  }

  private int slot(int node) {
    return node < rings ? NONE : node - rings;
  }
}
