package org.realize.sync.testing;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A sorted map that is copied when it is first changed, so that a published state never changes.
 */
final class CowMap<K extends Comparable<? super K>, V> {

  private NavigableMap<K, V> entries;
  private boolean shared;

  CowMap() {
    this.entries = new TreeMap<>();
  }

  private CowMap(NavigableMap<K, V> entries) {
    this.entries = entries;
    this.shared = true;
  }

  /** A map with the same entries; neither sees the other's later changes. */
  CowMap<K, V> copy() {
    shared = true;
    return new CowMap<>(entries);
  }

  NavigableMap<K, V> read() {
    return Collections.unmodifiableNavigableMap(entries);
  }

  NavigableMap<K, V> write() {
    if (shared) {
      entries = new TreeMap<>(entries);
      shared = false;
    }
    return entries;
  }
}
