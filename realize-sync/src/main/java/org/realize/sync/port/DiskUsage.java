package org.realize.sync.port;

/** Room on the file system that holds a {@link Disk}. */
public record DiskUsage(
    int blockBytes,
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long files,
    long freeFiles) {

  private static final long MIN_FREE_BYTES = 1L << 30;
  private static final int MIN_FREE_PERCENT = 5;

  /** What Realize leaves free of a file system of this size: 1 GiB, at most 5 %. */
  public static long minFreeBytes(long totalBytes) {
    return Math.min(MIN_FREE_BYTES, totalBytes / 100 * MIN_FREE_PERCENT);
  }

  /** What Realize may take; negative where too little is free. */
  public long spareBytes() {
    return availableBytes - minFreeBytes(totalBytes);
  }
}
