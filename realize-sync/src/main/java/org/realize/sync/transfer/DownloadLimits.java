package org.realize.sync.transfer;

import java.time.Duration;

/**
 * The bounds of all downloads together. Blocks are those of the hash tree, 128 KiB.
 *
 * @param blocksInFlight blocks asked for or waiting for the disk, at most; each is in memory once
 * @param blocksAhead how many of them read-ahead may take; the rest is for readers that wait
 * @param aheadBytes the widest read-ahead of one reader
 * @param runBlocks blocks of one call to a peer at most
 * @param looseBlocks verified blocks kept in memory because the cache does not take them
 * @param deltas how many are asked for at a time
 * @param deltaBytesPerSecond a peer that sends faster is asked for blocks, not for deltas
 * @param stall a peer that sends nothing for so long is left for another
 * @param read the longest that one read waits
 * @param setAside how long a peer that sent bad bytes is not asked for that file
 */
public record DownloadLimits(
    int blocksInFlight,
    int blocksAhead,
    long aheadBytes,
    int runBlocks,
    int looseBlocks,
    int deltas,
    long deltaBytesPerSecond,
    Duration stall,
    Duration read,
    Duration setAside) {

  public static final DownloadLimits DEFAULT =
      new DownloadLimits(
          640,
          512,
          16L << 20,
          32,
          128,
          4,
          60_000_000,
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofMinutes(10));

  public DownloadLimits {
    if (blocksInFlight < 1 || blocksAhead < 0 || blocksAhead >= blocksInFlight || runBlocks < 1) {
      throw new IllegalArgumentException("limits that let no reader through");
    }
  }

  DownloadLimits withStall(Duration newStall) {
    return new DownloadLimits(
        blocksInFlight,
        blocksAhead,
        aheadBytes,
        runBlocks,
        looseBlocks,
        deltas,
        deltaBytesPerSecond,
        newStall,
        read,
        setAside);
  }
}
