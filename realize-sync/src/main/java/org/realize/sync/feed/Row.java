package org.realize.sync.feed;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.realize.sync.model.StoreId;

/** The bytes of this package's small rows: fixed-width big-endian fields, nothing else. */
final class Row {

  /**
   * A start of this store, and a number from that moment: the first counter that it could give out,
   * or the head of an arena's feed.
   */
  record Start(UUID incarnation, long number) {}

  private static final int UUID_BYTES = 16;

  private Row() {}

  static byte[] encodeLong(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static long decodeLong(byte[] row) {
    return ByteBuffer.wrap(row).getLong();
  }

  static byte[] encodeStores(Collection<StoreId> stores) {
    ByteBuffer bytes = ByteBuffer.allocate(UUID_BYTES * stores.size());
    stores.forEach(store -> put(bytes, store.value()));
    return bytes.array();
  }

  static List<StoreId> decodeStores(byte[] row) {
    List<StoreId> stores = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(row);
    while (bytes.hasRemaining()) {
      stores.add(new StoreId(uuid(bytes)));
    }
    return stores;
  }

  static byte[] encodeStarts(List<Start> starts) {
    ByteBuffer bytes = ByteBuffer.allocate((UUID_BYTES + Long.BYTES) * starts.size());
    for (Start start : starts) {
      put(bytes, start.incarnation());
      bytes.putLong(start.number());
    }
    return bytes.array();
  }

  static List<Start> decodeStarts(byte[] row) {
    List<Start> starts = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(row);
    while (bytes.hasRemaining()) {
      starts.add(new Start(uuid(bytes), bytes.getLong()));
    }
    return starts;
  }

  static byte[] encodeUuid(UUID uuid) {
    ByteBuffer bytes = ByteBuffer.allocate(UUID_BYTES);
    put(bytes, uuid);
    return bytes.array();
  }

  static UUID decodeUuid(byte[] row) {
    return uuid(ByteBuffer.wrap(row));
  }

  private static void put(ByteBuffer bytes, UUID uuid) {
    bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer bytes) {
    return new UUID(bytes.getLong(), bytes.getLong());
  }
}
