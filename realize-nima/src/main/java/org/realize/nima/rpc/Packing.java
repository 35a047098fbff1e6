package org.realize.nima.rpc;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The choice whether bytes are packed on their way (#compress): always, never, or as it pays. For
 * the last one both ways are measured, in bytes that arrived per nanosecond of a call, waits
 * included; the faster way is used, and the other one is tried again now and then. So packing stops
 * by itself on a link that is faster than the packer. Thread-safe.
 */
public final class Packing {

  /** The setting of the user. */
  public enum Mode {
    AUTO,
    ON,
    OFF
  }

  /** Calls that carry less tell more of the distance than of the link. */
  private static final int LEAST_BYTES = 16 << 10;

  /** How often each way is measured before they are compared. */
  private static final int FIRST_CALLS = 4;

  /** Of so many calls one goes the other way. */
  private static final int PROBE_EVERY = 32;

  private static final double WEIGHT = 0.2;

  private final Mode mode;
  private final AtomicInteger asked = new AtomicInteger();
  private final MeasuredRate packed = new MeasuredRate();
  private final MeasuredRate plain = new MeasuredRate();

  /** The speed of one way: a moving average. */
  private static final class MeasuredRate {
    private int calls;
    private double bytesPerNano;

    synchronized void note(double sample) {
      bytesPerNano = calls == 0 ? sample : bytesPerNano + WEIGHT * (sample - bytesPerNano);
      calls = Math.min(calls + 1, FIRST_CALLS);
    }

    synchronized @Nullable Double known() {
      return calls < FIRST_CALLS ? null : bytesPerNano;
    }
  }

  public Packing(Mode mode) {
    this.mode = mode;
  }

  /** Whether to pack now. */
  boolean packs() {
    return switch (mode) {
      case ON -> true;
      case OFF -> false;
      case AUTO -> faster() ^ (asked.incrementAndGet() % PROBE_EVERY == 0);
    };
  }

  private boolean faster() {
    Double withPacking = packed.known();
    Double without = plain.known();
    if (withPacking == null || without == null) {
      return withPacking == null;
    }
    return withPacking > without;
  }

  /** Takes in a call that was made with or without packing. */
  void note(boolean wasPacked, int bytes, long nanos) {
    if (mode == Mode.AUTO && bytes >= LEAST_BYTES) {
      (wasPacked ? packed : plain).note((double) bytes / Math.max(1, nanos));
    }
  }
}
