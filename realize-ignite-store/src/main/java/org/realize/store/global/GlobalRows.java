package org.realize.store.global;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/** The keys and the common parts of the global rows. */
final class GlobalRows {
  static final byte VERSION = 1;

  private static final int IDENTITY = 1;
  private static final int COUNTER = 2;
  private static final int REMEMBERED = 3;
  private static final int ARENAS = 4;
  private static final int RANGES = 5;
  private static final int DIRECTORIES = 6;
  private static final int SMALL = 7;

  private GlobalRows() {}

  static RowKey identity() {
    return RowKey.of(IDENTITY, RowKey.GLOBAL, 0, 0);
  }

  static RowKey counter() {
    return RowKey.of(COUNTER, RowKey.GLOBAL, 0, 0);
  }

  static RowKey arenas() {
    return RowKey.of(ARENAS, RowKey.GLOBAL, 0, 0);
  }

  static RowKey ranges(long page) {
    return RowKey.of(RANGES, RowKey.GLOBAL, page, 0);
  }

  static RowKey directories() {
    return RowKey.of(DIRECTORIES, RowKey.GLOBAL, 0, 0);
  }

  static RowKey remembered(StoreId store) {
    UUID id = store.value();
    ByteBuffer bytes = ByteBuffer.allocate(16).putLong(id.getMostSignificantBits());
    return RowKey.of(
        REMEMBERED, RowKey.GLOBAL, bytes.putLong(id.getLeastSignificantBits()).array());
  }

  static RowKey small(String name) {
    return RowKey.of(SMALL, RowKey.GLOBAL, name.getBytes(StandardCharsets.UTF_8));
  }

  static RowEncoder encoder() {
    return new RowEncoder().putByte(VERSION);
  }

  static @Nullable RowDecoder decoder(byte @Nullable [] row) {
    return row == null ? null : RowDecoder.ofRow(row, VERSION);
  }
}
