package org.realize.sync.move;

import java.util.concurrent.atomic.LongAdder;

/** What moves have sent and saved so far, in bytes. Thread-safe. */
public final class Tally {
  private final LongAdder copied = new LongAdder();
  private final LongAdder compared = new LongAdder();
  private final LongAdder deltas = new LongAdder();
  private final LongAdder repaired = new LongAdder();
  private final LongAdder badDeltas = new LongAdder();

  void copied(long bytes) {
    copied.add(bytes);
  }

  void compared(long bytes) {
    compared.add(bytes);
  }

  void sentDelta(long bytes, long repairedBytes) {
    deltas.add(bytes);
    repaired.add(repairedBytes);
  }

  void badDelta() {
    badDeltas.increment();
  }

  /** Bytes sent as they are. */
  public long copiedBytes() {
    return copied.sum();
  }

  /** Bytes of which only hashes were exchanged. */
  public long comparedBytes() {
    return compared.sum();
  }

  /** Bytes of the deltas sent. */
  public long deltaBytes() {
    return deltas.sum();
  }

  /** Bytes that these deltas made right. */
  public long repairedBytes() {
    return repaired.sum();
  }

  /** Deltas that did not match their hash, whose ranges were copied instead. */
  public long badDeltas() {
    return badDeltas.sum();
  }
}
