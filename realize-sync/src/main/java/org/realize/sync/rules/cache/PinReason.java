package org.realize.sync.rules.cache;

/** A reason why a blob must not be evicted, whatever the limits say. */
public enum PinReason {
  /** It is marked to be kept. */
  KEPT(1),
  /** No other peer is known to hold these bytes. */
  ONLY_COPY(2),
  /** Somebody has it open. */
  OPEN(4);

  private final int bit;

  PinReason(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
