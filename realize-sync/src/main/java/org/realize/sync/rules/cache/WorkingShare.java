package org.realize.sync.rules.cache;

/**
 * The working area's part of the cache, as large as it must be for the cache to hit no less than
 * LRU would: in bytes and in requests, so there are two shares, and the larger holds.
 */
final class WorkingShare {

  static final double FIRST = 0.2;
  static final double LEAST = 0.01;

  /** What LRU must catch up, as a part of the capacity, after it was behind for long. */
  static final double LEAD = 0.1;

  private double forBytes;
  private double forRequests;

  WorkingShare(double forBytes, double forRequests) {
    this.forBytes = clamped(forBytes);
    this.forRequests = clamped(forRequests);
  }

  double forBytes() {
    return forBytes;
  }

  double forRequests() {
    return forRequests;
  }

  double share() {
    return Math.max(LEAST, Math.max(forBytes, forRequests));
  }

  /**
   * Notes that only one of the two caches had a blob.
   *
   * @param part of the capacity that the blob takes
   * @param meanPart what blobs take on average: a request is worth that
   */
  void differ(boolean lruHits, double part, double meanPart) {
    forBytes = clamped(lruHits ? forBytes + part : forBytes - part);
    forRequests = clamped(lruHits ? forRequests + meanPart : forRequests - meanPart);
  }

  private static double clamped(double share) {
    return Math.clamp(share, -LEAD, 1);
  }
}
