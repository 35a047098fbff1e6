package org.realize.nima.tls;

import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of failed authentications ({@value #LOGGER}), which a stranger cannot flood: at most
 * {@value #LINES_PER_MINUTE} lines a minute, then one line with the number of lines left out.
 * Thread-safe; fields are guarded by this.
 */
public final class AuthLog {

  public static final String LOGGER = "realize.auth";

  static final int LINES_PER_MINUTE = 20;

  private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final LongSupplier nanoTime;
  private long windowStart;
  private int lines;
  private long leftOut;
  private long failures;

  /** {@code nanoTime} is a monotonic clock in nanoseconds. */
  public AuthLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.windowStart = nanoTime.getAsLong();
  }

  /** Records that somebody at {@code address} was refused; {@code reason} is one line. */
  public void refused(String address, String reason) {
    long unreported;
    synchronized (this) {
      failures++;
      long now = nanoTime.getAsLong();
      if (now - windowStart >= MINUTE_NANOS) {
        windowStart = now;
        lines = 0;
      }
      if (lines >= LINES_PER_MINUTE) {
        leftOut++;
        return;
      }
      lines++;
      unreported = leftOut;
      leftOut = 0;
    }
    if (unreported > 0) {
      LOG.warn("{} more refused connections were not logged", unreported);
    }
    LOG.warn("refused {}: {}", address, reason.replaceAll("[\\p{Cntrl}]", " "));
  }

  /** How many were refused since the start, logged or not. */
  public synchronized long failures() {
    return failures;
  }
}
