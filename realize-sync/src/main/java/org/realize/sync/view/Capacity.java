package org.realize.sync.view;

import org.realize.sync.port.DiskUsage;

/** The answer of statfs. Counts are in blocks of {@code blockBytes}. */
public record Capacity(
    int blockBytes,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long files,
    long freeFiles) {

  static Capacity of(DiskUsage usage) {
    int block = usage.blockBytes();
    return new Capacity(
        block,
        usage.totalBytes() / block,
        usage.freeBytes() / block,
        usage.availableBytes() / block,
        usage.files(),
        usage.freeFiles());
  }
}
