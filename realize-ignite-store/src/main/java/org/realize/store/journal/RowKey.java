package org.realize.store.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The key of one row: a family, the arena that the row belongs to (0 is the global space), and
 * either two numbers or some bytes. Immutable.
 *
 * <p>Ignite keeps small numbers as one {@code Long} (family 5 bits, first 40, second 18), which
 * costs least; everything else becomes a Latin-1 {@code String}. Both forms of a key never meet,
 * since the form depends on the key alone.
 */
public final class RowKey {
  /** The arena id of the global space. */
  public static final int GLOBAL = 0;

  /** The highest family. */
  public static final int MAX_FAMILY = 31;

  private static final int FIRST_BITS = 40;
  private static final int SECOND_BITS = 18;
  private static final byte NUMBERS = 0;
  private static final byte BYTES = 1;

  private final byte family;
  private final int arena;
  private final long first;
  private final long second;
  private final byte @Nullable [] bytes;
  private final int hash;

  private RowKey(int family, int arena, long first, long second, byte @Nullable [] bytes) {
    if (family < 0 || family > MAX_FAMILY || arena < 0) {
      throw new IllegalArgumentException("family " + family + ", arena " + arena);
    }
    this.family = (byte) family;
    this.arena = arena;
    this.first = first;
    this.second = second;
    this.bytes = bytes;
    long mixed = first * 0x9E3779B97F4A7C15L + second * 0xC2B2AE3D27D4EB4FL + family;
    mixed = (mixed ^ (mixed >>> 29)) + arena * 0x165667B19E3779F9L + Arrays.hashCode(bytes);
    mixed *= 0xBF58476D1CE4E5B9L;
    this.hash = (int) (mixed ^ (mixed >>> 32));
  }

  /** A key of two numbers, both 0 or more. */
  public static RowKey of(int family, int arena, long first, long second) {
    if (first < 0 || second < 0) {
      throw new IllegalArgumentException("negative key " + first + ", " + second);
    }
    return new RowKey(family, arena, first, second, null);
  }

  /** A key of at most 1,024 bytes, which are copied. */
  public static RowKey of(int family, int arena, byte[] bytes) {
    if (bytes.length > 1024) {
      throw new IllegalArgumentException("key of " + bytes.length + " bytes");
    }
    return new RowKey(family, arena, 0, 0, bytes.clone());
  }

  /** The arena whose space holds the row. */
  public int arena() {
    return arena;
  }

  /** The key as Ignite stores it within the arena's cache. */
  Object stored() {
    if (bytes != null) {
      return (char) family + "b" + new String(bytes, StandardCharsets.ISO_8859_1);
    }
    if (first < 1L << FIRST_BITS && second < 1L << SECOND_BITS) {
      return ((long) family << (FIRST_BITS + SECOND_BITS)) | (first << SECOND_BITS) | second;
    }
    byte[] both = ByteBuffer.allocate(16).putLong(first).putLong(second).array();
    return (char) family + "n" + new String(both, StandardCharsets.ISO_8859_1);
  }

  /** The number of bytes that {@link #write} takes. */
  int encodedBytes() {
    return 6 + (bytes == null ? 16 : 2 + bytes.length);
  }

  void write(ByteBuffer out) {
    out.put(family).putInt(arena);
    if (bytes == null) {
      out.put(NUMBERS).putLong(first).putLong(second);
    } else {
      out.put(BYTES).putShort((short) bytes.length).put(bytes);
    }
  }

  static RowKey read(ByteBuffer in) {
    int family = in.get();
    int arena = in.getInt();
    if (in.get() == NUMBERS) {
      return new RowKey(family, arena, in.getLong(), in.getLong(), null);
    }
    byte[] bytes = new byte[in.getShort()];
    in.get(bytes);
    return new RowKey(family, arena, 0, 0, bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey that
        && hash == that.hash
        && family == that.family
        && arena == that.arena
        && first == that.first
        && second == that.second
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    String place = bytes == null ? first + "." + second : HexFormat.of().formatHex(bytes);
    return "row " + family + "@" + arena + ":" + place;
  }
}
