package org.realize.chaos.cache;

/** A cache of whole blobs under one policy, for comparing policies. For one thread. */
interface SimulatedCache {

  /** Requests a blob; true on a hit. After a miss it is stored, if the policy admits it. */
  boolean request(int blob, long bytes);
}
