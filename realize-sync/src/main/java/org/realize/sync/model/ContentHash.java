package org.realize.sync.model;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** A SHA-256 value of 32 bytes, held as four big-endian words so that it is a true value. */
public record ContentHash(long word0, long word1, long word2, long word3)
    implements Comparable<ContentHash> {

  public static final int BYTES = 32;

  /** Throws {@link IllegalArgumentException} unless {@code bytes} has exactly 32 bytes. */
  public static ContentHash of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash has 32 bytes, not " + bytes.length);
    }
    return read(ByteBuffer.wrap(bytes));
  }

  /** Takes the next 32 bytes of {@code source}. */
  public static ContentHash read(ByteBuffer source) {
    ByteBuffer big = source.slice(source.position(), BYTES);
    source.position(source.position() + BYTES);
    return new ContentHash(big.getLong(), big.getLong(), big.getLong(), big.getLong());
  }

  public byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .putLong(word0)
        .putLong(word1)
        .putLong(word2)
        .putLong(word3)
        .array();
  }

  /** The first eight hex digits, for names and messages. */
  public String hex8() {
    return toString().substring(0, 8);
  }

  /** Unsigned, byte by byte. */
  @Override
  public int compareTo(ContentHash other) {
    int order = Long.compareUnsigned(word0, other.word0);
    if (order == 0) {
      order = Long.compareUnsigned(word1, other.word1);
    }
    if (order == 0) {
      order = Long.compareUnsigned(word2, other.word2);
    }
    return order != 0 ? order : Long.compareUnsigned(word3, other.word3);
  }

  /** 64 lower-case hex digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(bytes());
  }
}
