package org.realize.sync.model;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/**
 * The random identity of a peer's persistent state. Version vectors and sequences are keyed by it.
 *
 * <p>A store signs under this id as long as the counter covers nothing that the change was not
 * based on, else under one of its further ids. These follow from the store's id, so that every peer
 * knows whose they are, and no list of them has to be kept or sent.
 */
public record StoreId(UUID value) implements Comparable<StoreId> {

  /** One is used for each unresolved conflict of one path with earlier changes of the store. */
  private static final int MOST_FURTHER = 64;

  public StoreId {
    Objects.requireNonNull(value, "value");
  }

  /** The further id of number {@code n}, from 0, of the store with this id. */
  public StoreId further(int n) {
    ByteBuffer name = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES);
    name.putLong(value.getMostSignificantBits()).putLong(value.getLeastSignificantBits()).putInt(n);
    return new StoreId(UUID.nameUUIDFromBytes(name.array()));
  }

  /** This id and the further ids that a store ever needs in practice: one author to all peers. */
  public Set<StoreId> all() {
    Set<StoreId> all = new LinkedHashSet<>();
    all.add(this);
    for (int n = 0; n < MOST_FURTHER; n++) {
      all.add(further(n));
    }
    return all;
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
