package org.realize.sync.model;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A version vector: the number of changes of a path by each store, as store → counter (Parker et
 * al., <i>Detection of Mutual Inconsistency in Distributed Systems</i>, 1983). Counters are
 * positive; a missing store counts as 0. Immutable.
 */
public final class VersionVector {

  /** No change by anybody: dominated by, or equal to, every vector. */
  public static final VersionVector EMPTY = new VersionVector(new TreeMap<>());

  /** The relation of one vector to another. */
  public enum Order {
    EQUAL,
    BEFORE,
    AFTER,
    CONCURRENT
  }

  private final SortedMap<StoreId, Long> counters;

  private VersionVector(SortedMap<StoreId, Long> counters) {
    this.counters = Collections.unmodifiableSortedMap(counters);
  }

  public static VersionVector of(Map<StoreId, Long> counters) {
    counters.forEach((store, counter) -> {
      if (counter < 1) {
        throw new IllegalArgumentException("counter " + counter + " of " + store + " below 1");
      }
    });
    return counters.isEmpty() ? EMPTY : new VersionVector(new TreeMap<>(counters));
  }

  /** The counters, ordered by store. */
  public SortedMap<StoreId, Long> counters() {
    return counters;
  }

  public long counter(StoreId store) {
    return Optional.ofNullable(counters.get(store)).orElse(0L);
  }

  /**
   * This vector with {@code store}'s counter set; {@code counter} must be above the present one.
   */
  public VersionVector with(StoreId store, long counter) {
    if (counter <= counter(store)) {
      throw new IllegalArgumentException(
          "counter of " + store + " would go from " + counter(store) + " to " + counter);
    }
    TreeMap<StoreId, Long> next = new TreeMap<>(counters);
    next.put(store, counter);
    return new VersionVector(next);
  }

  /** The least vector that both are before or equal to. */
  public VersionVector join(VersionVector other) {
    TreeMap<StoreId, Long> joined = new TreeMap<>(counters);
    other.counters.forEach((store, counter) -> joined.merge(store, counter, Math::max));
    return joined.isEmpty() ? EMPTY : new VersionVector(joined);
  }

  public Order compare(VersionVector other) {
    boolean less =
        other.counters.entrySet().stream().anyMatch(e -> counter(e.getKey()) < e.getValue());
    boolean more =
        counters.entrySet().stream().anyMatch(e -> other.counter(e.getKey()) < e.getValue());
    if (less) {
      return more ? Order.CONCURRENT : Order.BEFORE;
    }
    return more ? Order.AFTER : Order.EQUAL;
  }

  /** True if nothing in {@code other} is missing here: equal or after. */
  public boolean covers(VersionVector other) {
    Order order = compare(other);
    return order == Order.EQUAL || order == Order.AFTER;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector that && counters.equals(that.counters);
  }

  @Override
  public int hashCode() {
    return counters.hashCode();
  }

  @Override
  public String toString() {
    return counters.toString();
  }
}
