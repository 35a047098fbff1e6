package org.realize.sync.port;

/**
 * The fill of a cache, in bytes that its file system gave it.
 *
 * @param capacityBytes the bytes that it may hold now, as other programs leave room
 * @param workingBytes in the queue of what is new
 * @param protectedBytes in the queue of what is used often
 * @param pendingBytes in the queue of what goes next
 * @param pinnedBytes what was found to have to stay: wanted by a mark, open, or perhaps the last
 *     copy
 * @param isFull whether bytes were last refused because nothing else may go
 */
public record CacheReport(
    long capacityBytes,
    long workingBytes,
    long protectedBytes,
    long pendingBytes,
    long pinnedBytes,
    boolean isFull) {

  public long usedBytes() {
    return workingBytes + protectedBytes + pendingBytes + pinnedBytes;
  }
}
