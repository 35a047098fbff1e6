package org.realize.store.arena;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The change feed: sequence → place of the path that has it, in pages of 64, and bitmaps that say
 * which pages have any, so that a feed whose paths have moved on is not searched page by page.
 * Confined to its thread.
 */
final class FeedRows {
  private static final byte VERSION = 1;
  private static final int PAGES_PER_MAP = 1024;

  private final RowSource rows;
  private final int arena;
  private final PairPages pages;

  FeedRows(RowSource rows, int arena) {
    this.rows = rows;
    this.arena = arena;
    this.pages = new PairPages(rows, Family.FEED, arena);
  }

  /** Places above a sequence, in order, at most {@code max}. */
  List<PathRows.EntryPlace> after(long seq, long headSeq, int max) throws StorageFailed {
    List<PathRows.EntryPlace> places = new ArrayList<>();
    long page = (seq + 1) / PairPages.PAIRS;
    long last = headSeq / PairPages.PAIRS;
    while (page <= last && places.size() < max) {
      BitSet used = used(page / PAGES_PER_MAP);
      int slot = used.nextSetBit((int) (page % PAGES_PER_MAP));
      if (slot < 0) {
        page = (page / PAGES_PER_MAP + 1) * PAGES_PER_MAP;
        continue;
      }
      page = page / PAGES_PER_MAP * PAGES_PER_MAP + slot;
      PairPages.@Nullable Pair[] pairs = pages.page(page);
      for (int i = 0; i < PairPages.PAIRS && places.size() < max; i++) {
        PairPages.Pair pair = pairs[i];
        if (pair != null && page * PairPages.PAIRS + i > seq) {
          places.add(new PathRows.EntryPlace(pair.first(), pair.second()));
        }
      }
      page++;
    }
    return places;
  }

  void put(RowChanges changes, long seq, PathRows.EntryPlace place) throws StorageFailed {
    if (pages.set(changes, seq, place.directory(), place.cursor())) {
      mark(changes, seq / PairPages.PAIRS, true);
    }
  }

  void remove(RowChanges changes, long seq) throws StorageFailed {
    if (pages.clear(changes, seq)) {
      mark(changes, seq / PairPages.PAIRS, false);
    }
  }

  private RowKey mapKey(long map) {
    return RowKey.of(Family.FEED_PAGES, arena, map, 0);
  }

  private BitSet used(long map) throws StorageFailed {
    byte[] row = rows.get(mapKey(map));
    return row == null ? new BitSet() : BitSet.valueOf(RowDecoder.ofRow(row, VERSION).getRest());
  }

  private void mark(RowChanges changes, long page, boolean isUsed) throws StorageFailed {
    long map = page / PAGES_PER_MAP;
    BitSet used = used(map);
    used.set((int) (page % PAGES_PER_MAP), isUsed);
    if (used.isEmpty()) {
      changes.remove(mapKey(map));
    } else {
      RowEncoder out = new RowEncoder().putByte(VERSION).putRaw(used.toByteArray());
      changes.put(mapKey(map), out.toBytes());
    }
  }
}
