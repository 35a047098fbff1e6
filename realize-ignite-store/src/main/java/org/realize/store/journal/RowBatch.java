package org.realize.store.journal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows that one commit puts and removes; a later change of a key replaces the earlier one.
 *
 * <p>Confined to the thread that builds it. A value is not copied: who puts it must not change it
 * afterwards. The first byte of a value is the version of its layout.
 */
public final class RowBatch {
  /** What one commit may hold, in bytes of keys and values. */
  public static final long MAX_BYTES = 32L << 20;

  /** What one value may hold. */
  public static final int MAX_ROW_BYTES = 2 << 20;

  private static final int OVERHEAD_BYTES = 8;

  private final LinkedHashMap<RowKey, Cell> cells = new LinkedHashMap<>();
  private long bytes;

  /** A row's value, or its absence; compared by identity, so that a newer one is never mistaken. */
  static final class Cell {
    final byte @Nullable [] value;

    Cell(byte @Nullable [] value) {
      this.value = value;
    }

    int length() {
      return value == null ? 0 : value.length;
    }
  }

  /** Puts a row of at most {@link #MAX_ROW_BYTES}. */
  public RowBatch put(RowKey key, byte[] value) {
    if (value.length > MAX_ROW_BYTES) {
      throw new IllegalArgumentException(
          "a value of %,d bytes for %s".formatted(value.length, key));
    }
    return set(key, value);
  }

  /** Removes a row, whether it is there or not. */
  public RowBatch remove(RowKey key) {
    return set(key, null);
  }

  private RowBatch set(RowKey key, byte @Nullable [] value) {
    Cell now = new Cell(value);
    Cell before = cells.put(key, now);
    bytes += now.length() + (before == null ? size(key, null) : -before.length());
    return this;
  }

  /** Whether a change of this key is held. */
  public boolean holds(RowKey key) {
    return cells.containsKey(key);
  }

  /** The value put for a key; null if it was removed or is not {@linkplain #holds held}. */
  public byte @Nullable [] value(RowKey key) {
    Cell cell = cells.get(key);
    return cell == null ? null : cell.value;
  }

  /** The size of the keys and values, in bytes. */
  public long bytes() {
    return bytes;
  }

  /** The number of rows. */
  public int count() {
    return cells.size();
  }

  /** The live map; not to be changed by the caller. */
  Map<RowKey, Cell> cells() {
    return cells;
  }

  static int size(RowKey key, byte @Nullable [] value) {
    return OVERHEAD_BYTES + key.encodedBytes() + (value == null ? 0 : value.length);
  }
}
