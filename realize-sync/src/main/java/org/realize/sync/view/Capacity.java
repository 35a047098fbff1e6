package org.realize.sync.view;

/** The answer of statfs. Counts are in blocks of {@code blockBytes}. */
public record Capacity(
    int blockBytes,
    long blocks,
    long freeBlocks,
    long availableBlocks,
    long files,
    long freeFiles) {}
