package org.realize.chaos.move;

import java.util.SplittableRandom;
import org.realize.sync.model.RealizeException.Unreachable;

/** A bad wire: calls are lost, and bytes are spoiled, as a seed says. Thread-safe. */
final class BadWire {
  private final SplittableRandom random;
  private final double rate;

  BadWire(SplittableRandom random, double rate) {
    this.random = random;
    this.rate = rate;
  }

  synchronized boolean happens() {
    return random.nextDouble() < rate;
  }

  private synchronized int below(int bound) {
    return random.nextInt(bound);
  }

  void lose(String when) throws Unreachable {
    if (happens()) {
      throw new Unreachable("call lost " + when);
    }
  }

  byte[] spoiled(byte[] bytes) {
    if (bytes.length == 0 || !happens()) {
      return bytes;
    }
    byte[] other = bytes.clone();
    other[below(other.length)] ^= (byte) (1 << below(8));
    return other;
  }
}
