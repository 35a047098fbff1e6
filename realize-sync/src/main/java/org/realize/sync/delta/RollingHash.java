package org.realize.sync.delta;

/**
 * The hash of a window of bytes that can be moved on by one byte without reading the others: the
 * bytes are the coefficients of a polynomial, evaluated at a fixed multiplier modulo 2³². Weak: it
 * says where two windows are certainly different, never that they are equal.
 *
 * <p>Source: R. Karp, M. Rabin, <i>Efficient randomized pattern-matching algorithms</i>, IBM
 * Journal of Research and Development 31 (1987). Unlike the sums of rsync's original checksum it
 * uses all 32 bits for short windows and for text too.
 */
final class RollingHash {
  /** Odd, and 5 modulo 8, so that its powers take as many values as there can be. */
  private static final int M = 0x2C1B3C6D;

  private static final int M2 = power(2);
  private static final int M3 = power(3);
  private static final int M4 = power(4);
  private static final int M5 = power(5);
  private static final int M6 = power(6);
  private static final int M7 = power(7);
  private static final int M8 = power(8);

  /** What a byte that leaves the window has grown to. */
  private final int leaving;

  /** The hash of windows of this length. */
  RollingHash(int windowBytes) {
    leaving = power(windowBytes);
  }

  private static int power(int exponent) {
    int power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= M;
    }
    return power;
  }

  /** The hash of a window. Eight bytes a step, so that only one of its multiplications waits. */
  static int of(byte[] bytes, int offset, int length) {
    int hash = 0;
    int at = offset;
    int end = offset + length;
    for (int last = end - 8; at <= last; at += 8) {
      int eight =
          (bytes[at] & 0xFF) * M7
              + (bytes[at + 1] & 0xFF) * M6
              + (bytes[at + 2] & 0xFF) * M5
              + (bytes[at + 3] & 0xFF) * M4
              + (bytes[at + 4] & 0xFF) * M3
              + (bytes[at + 5] & 0xFF) * M2
              + (bytes[at + 6] & 0xFF) * M
              + (bytes[at + 7] & 0xFF);
      hash = hash * M8 + eight;
    }
    for (; at < end; at++) {
      hash = hash * M + (bytes[at] & 0xFF);
    }
    return hash;
  }

  /** The hash of the window one byte further on. */
  int roll(int hash, byte leaves, byte enters) {
    return hash * M + (enters & 0xFF) - (leaves & 0xFF) * leaving;
  }
}
