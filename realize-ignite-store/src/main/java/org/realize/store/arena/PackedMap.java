package org.realize.store.arena;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.NameHash;

/**
 * A map from names (at most 65,535 bytes) to payloads in bucket rows, which can be listed from any
 * place and stays small when it is small. Confined to its thread.
 *
 * <p>Linear hashing (W. Litwin, <i>Linear Hashing: A New Tool for File and Table Addressing</i>,
 * 1980): with <i>B</i> buckets, 2^l ≤ B < 2^(l+1), a hash goes to its low l+1 bits if that is a
 * bucket, else to its low l bits; growing by one bucket splits one other, chosen in turn, so a map
 * never has to be rebuilt. A map of one bucket is one row.
 *
 * <p>A listing must go on after any pause, whatever was split in between. So every entry has a
 * cursor that it keeps for ever: 56 bits of its name's hash ({@link NameHash}) and 4 bits that tell
 * names of equal hash apart. Buckets are chosen by those 56 bits <em>reversed</em>. The entries of
 * one bucket are then all those whose cursors begin with the same bits, so that a bucket holds one
 * range of cursors, a split halves that range, and a listing in order of cursors visits one bucket
 * after the other.
 *
 * <p>Costs: a look-up reads one row, or two when there are several; a change writes as many; a page
 * of a listing reads one row for each few dozen entries.
 */
final class PackedMap {
  /** A bucket that grows beyond this makes the map split one. */
  private static final int SMALL_MAP_BYTES = 8192;

  /** The same for a large map, where changes hit one bucket each. */
  private static final int LARGE_MAP_BYTES = 2048;

  private static final int LARGE_MAP_BUCKETS = 64;
  private static final int HASH_BITS = NameHash.BITS;
  private static final int PROBE_BITS = NameHash.PROBE_BITS;

  private final RowSource rows;
  private final IntFunction<RowKey> key;

  /** A map whose bucket {@code b} is the row {@code key(b)}. */
  PackedMap(RowSource rows, IntFunction<RowKey> key) {
    this.rows = rows;
    this.key = key;
  }

  /** The number of entries. */
  long size() throws StorageFailed {
    return rows.bucket(key.apply(0)).entries();
  }

  Bucket.@Nullable BucketSlot find(byte[] name) throws StorageFailed {
    long first = NameHash.of(name) << PROBE_BITS;
    return bucket(first).find(name, first, first + (1 << PROBE_BITS));
  }

  /** The entry with this cursor. */
  Bucket.@Nullable BucketSlot at(long cursor) throws StorageFailed {
    return bucket(cursor).at(cursor);
  }

  /** Entries after a cursor, in order of cursors, at most {@code max}. */
  List<Bucket.BucketSlot> list(long after, int max) throws StorageFailed {
    int buckets = rows.bucket(key.apply(0)).buckets();
    List<Bucket.BucketSlot> listed = new ArrayList<>();
    long cursor = after + 1;
    while (listed.size() < max && cursor >>> PROBE_BITS < 1L << HASH_BITS) {
      int number = number(cursor, buckets);
      listed.addAll(rows.bucket(key.apply(number)).from(cursor, max - listed.size()));
      int others = HASH_BITS - bits(number, buckets);
      cursor = ((cursor >>> PROBE_BITS >>> others) + 1) << others << PROBE_BITS;
    }
    return listed;
  }

  /** Adds or replaces an entry; returns its cursor. */
  long put(RowChanges changes, byte[] name, byte[] payload) throws StorageFailed {
    long first = NameHash.of(name) << PROBE_BITS;
    Bucket bucket = bucket(first);
    Bucket.BucketSlot present = bucket.find(name, first, first + (1 << PROBE_BITS));
    long cursor = present == null ? free(bucket, first) : present.cursor();
    bucket.put(new Bucket.BucketSlot(cursor, name, payload));
    Bucket head = rows.bucket(key.apply(0));
    changes.changed(key.apply(number(first, head.buckets())));
    if (present == null) {
      head.setEntries(head.entries() + 1);
      changes.changed(key.apply(0));
    }
    int limit = head.buckets() < LARGE_MAP_BUCKETS ? SMALL_MAP_BYTES : LARGE_MAP_BYTES;
    if (bucket.bytes() > limit) {
      split(changes, head);
    }
    return cursor;
  }

  private static long free(Bucket bucket, long first) throws StorageFailed {
    for (long cursor = Math.max(first, 1); cursor < first + (1 << PROBE_BITS); cursor++) {
      if (bucket.at(cursor) == null) {
        return cursor;
      }
    }
    throw new StorageFailed("too many names of equal hash in one directory", null);
  }

  private void split(RowChanges changes, Bucket head) throws StorageFailed {
    int buckets = head.buckets();
    int from = buckets - Integer.highestOneBit(buckets);
    Bucket source = rows.bucket(key.apply(from));
    Bucket target = rows.bucket(key.apply(buckets));
    head.setBuckets(buckets + 1);
    for (Bucket.BucketSlot slot : source.takeAll()) {
      (number(slot.cursor(), buckets + 1) == from ? source : target).put(slot);
    }
    changes.changed(key.apply(0));
    changes.changed(key.apply(from));
    changes.changed(key.apply(buckets));
  }

  /** Removes an entry if it is there; the last one takes all rows with it. */
  void remove(RowChanges changes, byte[] name) throws StorageFailed {
    Bucket.BucketSlot slot = find(name);
    if (slot == null) {
      return;
    }
    Bucket head = rows.bucket(key.apply(0));
    bucket(slot.cursor()).remove(slot);
    changes.changed(key.apply(number(slot.cursor(), head.buckets())));
    head.setEntries(head.entries() - 1);
    changes.changed(key.apply(0));
    if (head.entries() == 0) {
      head.setBuckets(1);
    }
  }

  private Bucket bucket(long cursor) throws StorageFailed {
    Bucket head = rows.bucket(key.apply(0));
    int number = number(cursor, head.buckets());
    return number == 0 ? head : rows.bucket(key.apply(number));
  }

  /** The bucket of a cursor. */
  private static int number(long cursor, int buckets) {
    long reversed = Long.reverse(cursor >>> PROBE_BITS << (64 - HASH_BITS));
    int level = Integer.highestOneBit(buckets);
    int number = (int) (reversed & (2L * level - 1));
    return number < buckets ? number : number - level;
  }

  /** How many leading bits the cursors of a bucket share. */
  private static int bits(int number, int buckets) {
    int level = Integer.highestOneBit(buckets);
    int bits = Integer.numberOfTrailingZeros(level);
    return number >= level || number < buckets - level ? bits + 1 : bits;
  }
}
