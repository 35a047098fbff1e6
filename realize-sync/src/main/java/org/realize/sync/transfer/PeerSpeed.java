package org.realize.sync.transfer;

import java.time.Duration;

/**
 * The measured speed of one peer: bytes over the time in which a request was under way, averaged so
 * that one such second loses two thirds of its weight within the next. A slow peer is given another
 * chance bit by bit while nothing is asked of it. Guarded by its monitor.
 */
final class PeerSpeed {

  /** Assumed before anything was measured: high, so that every peer is tried. */
  static final double ASSUMED_BYTES_PER_SECOND = 50e6;

  /** No peer counts as slower, so that no deadline is without bound. */
  static final double LEAST_BYTES_PER_SECOND = 16e3;

  private static final double SAMPLE_SECONDS = 0.2;
  private static final double FORGIVE_SECONDS = 300;

  private double bytesPerSecond = ASSUMED_BYTES_PER_SECOND;
  private double busySeconds;
  private long askedBytes;
  private long busySinceNanos;
  private long sampleBytes;
  private long sampledNanos;

  synchronized void asked(long bytes, long nowNanos) {
    if (askedBytes == 0) {
      bytesPerSecond = rate(nowNanos);
      sampledNanos = nowNanos;
      busySinceNanos = nowNanos;
      sampleBytes = 0;
    }
    askedBytes += bytes;
  }

  /** Bytes that were asked for came. */
  synchronized void received(long bytes, long nowNanos) {
    askedBytes -= bytes;
    sampleBytes += bytes;
    if (askedBytes == 0 || seconds(nowNanos) >= SAMPLE_SECONDS) {
      sample(nowNanos);
    }
  }

  /** Bytes that were asked for will not come. */
  synchronized void gaveUp(long bytes, long nowNanos) {
    askedBytes -= bytes;
    sample(nowNanos);
  }

  /** Seconds until {@code bytes} more would be here, after what was asked already. */
  synchronized double secondsFor(long bytes, Duration roundTrip, long nowNanos) {
    return roundTrip.toNanos() / 1e9 + (askedBytes + bytes) / rate(nowNanos);
  }

  private double rate(long nowNanos) {
    if (askedBytes > 0 || bytesPerSecond >= ASSUMED_BYTES_PER_SECOND) {
      return bytesPerSecond;
    }
    double forgiven = 1 - Math.exp(-(nowNanos - sampledNanos) / 1e9 / FORGIVE_SECONDS);
    return bytesPerSecond + forgiven * (ASSUMED_BYTES_PER_SECOND - bytesPerSecond);
  }

  /** How many bytes to ask for at once: about two seconds' worth; few while nothing is known. */
  synchronized long portionBytes() {
    return busySeconds > SAMPLE_SECONDS ? (long) (2 * bytesPerSecond) : 2L << 20;
  }

  private double seconds(long nowNanos) {
    return (nowNanos - busySinceNanos) / 1e9;
  }

  private void sample(long nowNanos) {
    double seconds = seconds(nowNanos);
    if (seconds <= 0) {
      return;
    }
    double weight = 1 - Math.exp(-seconds);
    bytesPerSecond =
        Math.max(
            LEAST_BYTES_PER_SECOND,
            bytesPerSecond + weight * (sampleBytes / seconds - bytesPerSecond));
    sampledNanos = nowNanos;
    busySeconds += seconds;
    busySinceNanos = nowNanos;
    sampleBytes = 0;
  }
}
