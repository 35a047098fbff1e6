package org.realize.sync.model;

/**
 * The time of a last-writer register: the higher (counter, store) wins. Total order, no ties
 * between stores.
 */
public record Stamp(long counter, StoreId store) implements Comparable<Stamp> {

  @Override
  public int compareTo(Stamp other) {
    int order = Long.compare(counter, other.counter);
    return order != 0 ? order : store.compareTo(other.store);
  }
}
