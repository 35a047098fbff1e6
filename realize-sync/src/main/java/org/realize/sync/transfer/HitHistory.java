package org.realize.sync.transfer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import org.realize.sync.port.TimeSource;

/**
 * The share of reads that came from the cache, over the last hour or day. Counters are sampled at
 * most every five minutes. Thread-safe.
 */
public final class HitHistory {

  private static final Duration STEP = Duration.ofMinutes(5);
  private static final Duration LONGEST = Duration.ofDays(1);

  private record Sample(long atNanos, long read, long fetched) {}

  private final TransferCounters counters;
  private final TimeSource time;
  // guarded by this
  private final Deque<Sample> samples = new ArrayDeque<>();

  public HitHistory(TransferCounters counters, TimeSource time) {
    this.counters = counters;
    this.time = time;
    samples.add(sample());
  }

  private Sample sample() {
    TransferCounters.CounterSnapshot now = counters.snapshot();
    long read = now.bytesRead() + counters.passed();
    return new Sample(time.monotonicNanos(), read, now.bytesFromPeers());
  }

  /** To be called at least every few minutes. */
  public synchronized void step() {
    Sample now = sample();
    if (now.atNanos() - samples.getLast().atNanos() >= STEP.toNanos()) {
      samples.add(now);
    }
    while (now.atNanos() - samples.getFirst().atNanos() > LONGEST.plus(STEP).toNanos()) {
      samples.removeFirst();
    }
  }

  /**
   * The part of the bytes read within {@code last}, or since the start, that no peer had to send; a
   * day at most. Empty if nothing was read. What was fetched and not read counts against it. Of a
   * file that the kernel reads by itself nobody knows how much is read: it counts as read whole.
   */
  public synchronized OptionalDouble ratio(Duration last) {
    Sample now = sample();
    Sample since = samples.getFirst();
    for (Sample sample : samples) {
      if (now.atNanos() - sample.atNanos() < last.toNanos()) {
        break;
      }
      since = sample;
    }
    double read = now.read() - since.read();
    double fetched = now.fetched() - since.fetched();
    return read <= 0 ? OptionalDouble.empty() : OptionalDouble.of(Math.max(0, 1 - fetched / read));
  }
}
