package org.realize.nima.config;

import org.realize.store.journal.Durability;

/** The {@code [store]} table: which crash a commit survives, and the size of the page memory. */
public record StoreSettings(Durability durability, ByteSize memory) {

  /** The least memory that the store works with. */
  static final ByteSize LEAST_MEMORY = ByteSize.parse("64 MiB");

  private static final ByteSize MOST_MEMORY = ByteSize.parse("256 MiB");

  /**
   * The size of the page memory where none is configured: half of the heap, from 64 to 256 MiB. The
   * launcher gives the heap a quarter of the machine's memory, 512 MiB at most.
   */
  static ByteSize defaultMemory(long heapBytes) {
    return new ByteSize(Math.clamp(heapBytes / 2, LEAST_MEMORY.bytes(), MOST_MEMORY.bytes()));
  }
}
