package org.realize.chaos.cache;

/** A cache of whole blobs. */
interface SimulatedCache {

  /** Reads a blob: whether it was there. If not, it is stored now, if the cache wants it. */
  boolean request(int blob, long bytes);
}
