package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One bucket row of a {@link PackedMap}: entries by cursor. Read in place; decoded into a map when
 * it is first changed. Confined to its thread.
 *
 * <p>Layout, big-endian: version (1 byte), number of buckets (4) and of entries (8) of the whole
 * map, both meant in bucket 0 only, number of slots (4); per slot its cursor (8) and offset (4);
 * per slot the length of its name (2), the name and the payload, which ends where the next slot
 * begins.
 */
final class Bucket {
  private static final byte VERSION = 1;
  private static final int SLOTS_AT = 13;
  private static final int INDEX_AT = 17;
  private static final int INDEX_BYTES = 12;

  private final byte[] whole;
  private final ByteBuffer row;
  private @Nullable NavigableMap<Long, BucketSlot> changed;
  private int buckets;
  private long entries;
  private int bytes;

  /** One entry. The arrays are not changed. */
  static final class BucketSlot {
    private final long cursor;
    private final byte[] name;
    private final byte[] payload;

    BucketSlot(long cursor, byte[] name, byte[] payload) {
      this.cursor = cursor;
      this.name = name;
      this.payload = payload;
    }

    long cursor() {
      return cursor;
    }

    byte[] name() {
      return name;
    }

    byte[] payload() {
      return payload;
    }

    int bytes() {
      return INDEX_BYTES + 2 + name.length + payload.length;
    }
  }

  private Bucket(byte[] whole) {
    this.whole = whole;
    this.row = ByteBuffer.wrap(whole);
    this.buckets = row.getInt(1);
    this.entries = row.getLong(5);
    this.bytes = row.limit();
  }

  static Bucket of(byte @Nullable [] row) {
    if (row == null) {
      return new Bucket(ByteBuffer.allocate(INDEX_AT).put(0, VERSION).putInt(1, 1).array());
    }
    if (row[0] != VERSION) {
      throw new IllegalStateException("a bucket of version " + row[0]);
    }
    return new Bucket(row);
  }

  /** The number of buckets of the map, if this is bucket 0. */
  int buckets() {
    return buckets;
  }

  /** The number of entries of the map, if this is bucket 0. */
  long entries() {
    return entries;
  }

  void setBuckets(int number) {
    open();
    buckets = number;
  }

  void setEntries(long number) {
    open();
    entries = number;
  }

  /** The size of the row that this makes. */
  int bytes() {
    return bytes;
  }

  /** Whether the row is not needed: nothing in it, and nothing in the map if this is bucket 0. */
  boolean isVoid() {
    return size() == 0 && entries == 0;
  }

  private int size() {
    return changed != null ? changed.size() : row.getInt(SLOTS_AT);
  }

  private NavigableMap<Long, BucketSlot> open() {
    NavigableMap<Long, BucketSlot> slots = changed;
    if (slots == null) {
      slots = new TreeMap<>();
      for (int i = 0; i < row.getInt(SLOTS_AT); i++) {
        BucketSlot slot = slot(i);
        slots.put(slot.cursor(), slot);
      }
      changed = slots;
    }
    return slots;
  }

  private long cursor(int index) {
    return row.getLong(INDEX_AT + INDEX_BYTES * index);
  }

  private int offset(int index) {
    return index == row.getInt(SLOTS_AT)
        ? row.limit()
        : row.getInt(INDEX_AT + INDEX_BYTES * index + 8);
  }

  private BucketSlot slot(int index) {
    int start = offset(index);
    int name = row.getShort(start) & 0xFFFF;
    return new BucketSlot(
        cursor(index),
        Arrays.copyOfRange(whole, start + 2, start + 2 + name),
        Arrays.copyOfRange(whole, start + 2 + name, offset(index + 1)));
  }

  /** The index of the first slot whose cursor is not below this one. */
  private int lowest(long cursor) {
    int low = 0;
    int high = row.getInt(SLOTS_AT);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (cursor(middle) < cursor) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean hasName(int index, byte[] name) {
    int start = offset(index);
    int length = row.getShort(start) & 0xFFFF;
    return length == name.length
        && Arrays.equals(whole, start + 2, start + 2 + length, name, 0, length);
  }

  @Nullable BucketSlot at(long cursor) {
    if (changed != null) {
      return changed.get(cursor);
    }
    int index = lowest(cursor);
    return index < row.getInt(SLOTS_AT) && cursor(index) == cursor ? slot(index) : null;
  }

  /** The slot of a name, whose cursor lies in [{@code from}, {@code to}). */
  @Nullable BucketSlot find(byte[] name, long from, long to) {
    if (changed != null) {
      for (BucketSlot slot : changed.subMap(from, to).values()) {
        if (Arrays.equals(slot.name(), name)) {
          return slot;
        }
      }
      return null;
    }
    for (int i = lowest(from); i < row.getInt(SLOTS_AT) && cursor(i) < to; i++) {
      if (hasName(i, name)) {
        return slot(i);
      }
    }
    return null;
  }

  /** Slots at and after a cursor, in order, at most {@code max}. */
  List<BucketSlot> from(long cursor, int max) {
    List<BucketSlot> slots = new ArrayList<>();
    if (changed != null) {
      for (Map.Entry<Long, BucketSlot> entry : changed.tailMap(cursor, true).entrySet()) {
        if (slots.size() == max) {
          break;
        }
        slots.add(entry.getValue());
      }
      return slots;
    }
    for (int i = lowest(cursor); i < row.getInt(SLOTS_AT) && slots.size() < max; i++) {
      slots.add(slot(i));
    }
    return slots;
  }

  void put(BucketSlot slot) {
    BucketSlot before = open().put(slot.cursor(), slot);
    bytes += slot.bytes() - (before == null ? 0 : before.bytes());
  }

  void remove(BucketSlot slot) {
    if (open().remove(slot.cursor()) != null) {
      bytes -= slot.bytes();
    }
  }

  /** The slots of one cursor range, taken out. */
  List<BucketSlot> takeAll() {
    List<BucketSlot> all = List.copyOf(open().values());
    open().clear();
    bytes = INDEX_AT;
    return all;
  }

  byte[] encode() {
    Map<Long, BucketSlot> slots = open();
    ByteBuffer out = ByteBuffer.allocate(bytes);
    out.put(VERSION).putInt(buckets).putLong(entries).putInt(slots.size());
    int offset = INDEX_AT + INDEX_BYTES * slots.size();
    for (BucketSlot slot : slots.values()) {
      out.putLong(slot.cursor()).putInt(offset);
      offset += slot.bytes() - INDEX_BYTES;
    }
    for (BucketSlot slot : slots.values()) {
      out.putShort((short) slot.name().length).put(slot.name()).put(slot.payload());
    }
    return out.array();
  }
}
