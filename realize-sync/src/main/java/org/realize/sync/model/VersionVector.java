package org.realize.sync.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A version vector: the number of changes of a path by each store, as store → counter (Parker et
 * al., <i>Detection of Mutual Inconsistency in Distributed Systems</i>, 1983). Counters are
 * positive; a missing store counts as 0. Immutable. Comparing and joining two vectors costs one
 * step for each of their stores.
 */
public final class VersionVector {

  /** No change by anybody: dominated by, or equal to, every vector. */
  public static final VersionVector EMPTY = new VersionVector(new StoreId[0], new long[0]);

  /** The relation of one vector to another. */
  public enum Order {
    EQUAL,
    BEFORE,
    AFTER,
    CONCURRENT
  }

  /** Ascending; each has the counter of the same place. */
  private final StoreId[] stores;

  private final long[] values;

  private VersionVector(StoreId[] stores, long[] values) {
    this.stores = stores;
    this.values = values;
  }

  public static VersionVector of(Map<StoreId, Long> counters) {
    counters.forEach((store, counter) -> {
      if (counter < 1) {
        throw new IllegalArgumentException("counter " + counter + " of " + store + " below 1");
      }
    });
    return counters.isEmpty() ? EMPTY : sorted(new TreeMap<>(counters));
  }

  private static VersionVector sorted(SortedMap<StoreId, Long> counters) {
    StoreId[] stores = counters.keySet().toArray(StoreId[]::new);
    long[] values = counters.values().stream().mapToLong(Long::longValue).toArray();
    return new VersionVector(stores, values);
  }

  /** The stores, in order. */
  public List<StoreId> stores() {
    return Collections.unmodifiableList(Arrays.asList(stores));
  }

  /** The counters, ordered by store. */
  public SortedMap<StoreId, Long> counters() {
    TreeMap<StoreId, Long> counters = new TreeMap<>();
    for (int i = 0; i < stores.length; i++) {
      counters.put(stores[i], values[i]);
    }
    return Collections.unmodifiableSortedMap(counters);
  }

  public long counter(StoreId store) {
    int at = Arrays.binarySearch(stores, store);
    return at < 0 ? 0 : values[at];
  }

  /**
   * This vector with {@code store}'s counter set; {@code counter} must be above the present one.
   */
  public VersionVector with(StoreId store, long counter) {
    if (counter <= counter(store)) {
      throw new IllegalArgumentException(
          "counter of " + store + " would go from " + counter(store) + " to " + counter);
    }
    return join(new VersionVector(new StoreId[] {store}, new long[] {counter}));
  }

  /** The least vector that both are before or equal to. */
  public VersionVector join(VersionVector other) {
    StoreId[] joined = new StoreId[stores.length + other.stores.length];
    long[] counters = new long[joined.length];
    int count = 0;
    int ours = 0;
    int theirs = 0;
    while (ours < stores.length || theirs < other.stores.length) {
      int order = order(other, ours, theirs);
      joined[count] = order <= 0 ? stores[ours] : other.stores[theirs];
      counters[count++] =
          Math.max(order <= 0 ? values[ours] : 0, order >= 0 ? other.values[theirs] : 0);
      ours += order <= 0 ? 1 : 0;
      theirs += order >= 0 ? 1 : 0;
    }
    return count == 0
        ? EMPTY
        : new VersionVector(Arrays.copyOf(joined, count), Arrays.copyOf(counters, count));
  }

  /** The order of a store here and one of {@code other}; what has ended comes last. */
  private int order(VersionVector other, int ours, int theirs) {
    if (ours == stores.length) {
      return 1;
    }
    return theirs == other.stores.length ? -1 : stores[ours].compareTo(other.stores[theirs]);
  }

  public Order compare(VersionVector other) {
    boolean less = false;
    boolean more = false;
    int ours = 0;
    int theirs = 0;
    while ((ours < stores.length || theirs < other.stores.length) && !(less && more)) {
      int order = order(other, ours, theirs);
      long mine = order <= 0 ? values[ours] : 0;
      long its = order >= 0 ? other.values[theirs] : 0;
      less |= mine < its;
      more |= mine > its;
      ours += order <= 0 ? 1 : 0;
      theirs += order >= 0 ? 1 : 0;
    }
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

  /**
   * A total order that has nothing to do with {@link #compare}: as words are ordered, of which the
   * letters are stores with their counters.
   */
  public int compareText(VersionVector other) {
    for (int i = 0; i < Math.min(stores.length, other.stores.length); i++) {
      int order = stores[i].compareTo(other.stores[i]);
      order = order != 0 ? order : Long.compare(values[i], other.values[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(stores.length, other.stores.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VersionVector that
        && Arrays.equals(values, that.values)
        && Arrays.equals(stores, that.stores);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(stores) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return counters().toString();
  }
}
