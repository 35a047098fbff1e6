package org.realize.fuse;

import java.nio.ByteBuffer;

/**
 * Bytes that follow from a seed and an offset, so that a test knows what any part of a file must
 * be.
 */
final class Pattern {

  private Pattern() {}

  /**
   * Fills the rest of {@code destination} as from {@code offset} of a content of {@code size}
   * bytes.
   */
  static int fill(long seed, long size, long offset, ByteBuffer destination) {
    int count = (int) Math.max(0, Math.min(destination.remaining(), size - offset));
    int i = 0;
    for (; i < count && ((offset + i) & 7) != 0; i++) {
      destination.put(at(seed, offset + i));
    }
    for (; i + 8 <= count; i += 8) {
      destination.putLong(
          Long.reverseBytes(bigEndianWord(destination, word(seed, (offset + i) >> 3))));
    }
    for (; i < count; i++) {
      destination.put(at(seed, offset + i));
    }
    return count;
  }

  /** putLong in either byte order shall give the word's lowest byte first. */
  private static long bigEndianWord(ByteBuffer destination, long word) {
    return destination.order() == java.nio.ByteOrder.BIG_ENDIAN ? word : Long.reverseBytes(word);
  }

  static byte at(long seed, long offset) {
    return (byte) (word(seed, offset >> 3) >>> ((offset & 7) * 8));
  }

  static byte[] bytes(long seed, long size, long offset, int count) {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    int filled = fill(seed, size, offset, buffer);
    return java.util.Arrays.copyOf(buffer.array(), filled);
  }

  private static long word(long seed, long index) {
    long z = seed + index * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    return z ^ z >>> 27;
  }
}
