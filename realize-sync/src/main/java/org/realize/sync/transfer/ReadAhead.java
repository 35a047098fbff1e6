package org.realize.sync.transfer;

/**
 * The distance that is fetched ahead of one reader: twice what it has read in order so far, up to a
 * bound; nothing after a jump. The kernel's own read-ahead sends neighbouring reads out of order,
 * so a read within {@value #SLACK_BYTES} bytes of the frontier still counts as in order. Guarded by
 * its monitor.
 */
final class ReadAhead {

  private static final long SLACK_BYTES = 2L << 20;

  private final long maxBytes;
  private long frontier;
  private long run;

  ReadAhead(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Notes a read of {@code [start, end)} and returns where the bytes to have soon end: at least
   * {@code end}.
   */
  synchronized long after(long start, long end) {
    boolean inOrder = start <= frontier + SLACK_BYTES && start >= frontier - SLACK_BYTES;
    if (!inOrder || (run == 0 && start != frontier)) {
      run = 0;
      frontier = end;
      return end;
    }
    if (end > frontier) {
      run += end - Math.max(start, frontier);
      frontier = end;
    }
    return Math.max(end, frontier + Math.min(maxBytes, 2 * run));
  }
}
