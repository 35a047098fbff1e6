package org.realize.sync.model;

import java.util.Objects;
import java.util.UUID;

/**
 * The random identity of a peer's persistent state. Version vectors and sequences are keyed by it.
 */
public record StoreId(UUID value) implements Comparable<StoreId> {

  public StoreId {
    Objects.requireNonNull(value, "value");
  }

  /** Ordered as unsigned 128-bit numbers, the same on every machine and in every language. */
  @Override
  public int compareTo(StoreId other) {
    int high =
        Long.compareUnsigned(value.getMostSignificantBits(), other.value.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(
            value.getLeastSignificantBits(), other.value.getLeastSignificantBits());
  }

  @Override
  public String toString() {
    return value.toString();
  }
}
