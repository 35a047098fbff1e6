package org.realize.sync.rules.cache;

/**
 * The progress of a policy, apart from its blobs.
 *
 * @param generation how often counts were halved
 * @param servedUnits units of 128 KiB served since then
 * @param shareForBytes the working area's share that makes it hit as many bytes as LRU
 * @param shareForRequests the same for requests; the larger of the two holds
 */
public record Epoch(
    int generation, long servedUnits, double shareForBytes, double shareForRequests) {

  /** Before anything was stored. */
  public static final Epoch FIRST = new Epoch(0, 0, WorkingShare.FIRST, WorkingShare.FIRST);
}
