package org.realize.sync.port;

/** Room on the file system that holds a {@link Disk}. */
public record DiskUsage(
    int blockBytes,
    long totalBytes,
    long freeBytes,
    long availableBytes,
    long files,
    long freeFiles) {}
