package org.realize.nima.rpc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bounds of connections that have not become a peer's yet: so many of one origin, so many in
 * all. A new one always gets in; the oldest of its origin gives way, or of the origin that has
 * most. So who opens many is in its own way, and an honest peer has the time that it takes to
 * greet.
 *
 * <p>Thread-safe; the lock is held for fields only.
 *
 * @param <O> the origin of a connection
 */
final class Quota<O> {

  private final int mostOfOne;
  private final int mostOfAll;
  private final ReentrantLock lock = new ReentrantLock();

  /** In the order in which they came; guarded by {@link #lock}. */
  private final Map<Wire, Admitted<O>> admitted = new LinkedHashMap<>();

  private record Admitted<O>(O origin, Runnable eviction) {}

  Quota(int mostOfOne, int mostOfAll) {
    this.mostOfOne = mostOfOne;
    this.mostOfAll = mostOfAll;
  }

  /**
   * Admits a connection, or one that is admitted again as the newest.
   *
   * @param eviction ends it when it has to give way; run on any thread, once at most
   */
  void admit(O origin, Wire wire, Runnable eviction) {
    List<Runnable> evictions = new ArrayList<>();
    lock.lock();
    try {
      admitted.remove(wire);
      admitted.put(wire, new Admitted<>(origin, eviction));
      if (count(origin) > mostOfOne) {
        evictions.add(evictOldest(origin));
      } else if (admitted.size() > mostOfAll) {
        evictions.add(evictOldest(largest()));
      }
    } finally {
      lock.unlock();
    }
    evictions.forEach(Runnable::run);
  }

  private long count(O origin) {
    return admitted.values().stream().filter(one -> one.origin.equals(origin)).count();
  }

  private O largest() {
    Map<O, Integer> counts = new HashMap<>();
    admitted.values().forEach(one -> counts.merge(one.origin, 1, Integer::sum));
    return counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  private Runnable evictOldest(O origin) {
    for (Iterator<Admitted<O>> all = admitted.values().iterator(); all.hasNext(); ) {
      Admitted<O> oldest = all.next();
      if (oldest.origin.equals(origin)) {
        all.remove();
        return oldest.eviction;
      }
    }
    throw new IllegalStateException("nothing of " + origin);
  }

  /** The connection does not count any more; nothing if it did not. */
  void release(Wire wire) {
    lock.lock();
    try {
      admitted.remove(wire);
    } finally {
      lock.unlock();
    }
  }
}
