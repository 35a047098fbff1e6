package org.realize.store.arena;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * An array of pairs of numbers, the first of each above 0 where it is set, in rows of 64 pairs. A
 * look-up reads one row of 1 KiB. Confined to its thread.
 */
final class PairPages {
  /** The pairs of one row. */
  static final int PAIRS = 64;

  private static final byte VERSION = 1;
  private static final int PAIR_BYTES = 16;

  private final RowSource rows;
  private final int family;
  private final int arena;

  /** A pair that is set. */
  record Pair(long first, long second) {}

  PairPages(RowSource rows, int family, int arena) {
    this.rows = rows;
    this.family = family;
    this.arena = arena;
  }

  private RowKey key(long page) {
    return RowKey.of(family, arena, page, 0);
  }

  @Nullable Pair get(long index) throws StorageFailed {
    byte[] page = rows.get(key(index / PAIRS));
    return page == null ? null : pair(page, (int) (index % PAIRS));
  }

  private static @Nullable Pair pair(byte[] page, int slot) {
    ByteBuffer in = ByteBuffer.wrap(page);
    long first = in.getLong(1 + slot * PAIR_BYTES);
    return first == 0 ? null : new Pair(first, in.getLong(1 + slot * PAIR_BYTES + 8));
  }

  /** The pairs of the page of this number; empty slots are null. */
  @Nullable Pair[] page(long number) throws StorageFailed {
    @Nullable Pair[] pairs = new @Nullable Pair[PAIRS];
    byte[] page = rows.get(key(number));
    for (int slot = 0; page != null && slot < PAIRS; slot++) {
      pairs[slot] = pair(page, slot);
    }
    return pairs;
  }

  /** Sets a pair; whether its page was empty before. */
  boolean set(RowChanges changes, long index, long first, long second) throws StorageFailed {
    byte[] old = rows.get(key(index / PAIRS));
    byte[] page = old == null ? new byte[1 + PAIRS * PAIR_BYTES] : old.clone();
    page[0] = VERSION;
    ByteBuffer.wrap(page)
        .position(1 + (int) (index % PAIRS) * PAIR_BYTES)
        .putLong(first)
        .putLong(second);
    changes.put(key(index / PAIRS), page);
    return old == null;
  }

  /** Clears a pair; whether its page is empty now. */
  boolean clear(RowChanges changes, long index) throws StorageFailed {
    set(changes, index, 0, 0);
    for (Pair pair : page(index / PAIRS)) {
      if (pair != null) {
        return false;
      }
    }
    changes.remove(key(index / PAIRS));
    return true;
  }
}
