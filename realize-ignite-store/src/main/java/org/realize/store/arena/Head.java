package org.realize.store.arena;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Totals;

/**
 * The one row of an arena that every commit may move: counters, totals, and the stores that its
 * other rows name by a short number. Confined to its thread.
 */
final class Head {
  private static final byte VERSION = 1;

  final long root;
  int rootMode;
  long nextInode;
  long rangeEnd;
  long headSeq;
  long lastFileId;
  long lastDirectory;
  long blobs;
  Totals totals;

  /** The number of the last rename of a directory, and of those that have steps left. */
  long lastRename;

  int renames;

  /** No path that was ever put has more bytes. */
  int longestPath;

  private final List<StoreId> stores = new ArrayList<>();
  private final Map<StoreId, Integer> numbers = new HashMap<>();

  /** The head of a new arena, whose first range begins with its root. */
  Head(long root, long rangeEnd) {
    this.root = root;
    this.rootMode = TreeRows.IMPLIED_MODE;
    this.nextInode = root + 1;
    this.rangeEnd = rangeEnd;
    this.lastDirectory = PathRows.ROOT_DIRECTORY;
    this.totals = Totals.NONE;
  }

  Head(byte[] row) {
    RowDecoder in = RowDecoder.ofRow(row, VERSION);
    root = in.getNumber();
    rootMode = in.getInt();
    nextInode = in.getNumber();
    rangeEnd = in.getNumber();
    headSeq = in.getNumber();
    lastFileId = in.getNumber();
    lastDirectory = in.getNumber();
    blobs = in.getNumber();
    Totals sizes = new Totals(in.getNumber(), in.getNumber(), in.getNumber(), in.getNumber(), 0);
    int count = in.getInt();
    for (int i = 0; i < count; i++) {
      add(new StoreId(new UUID(in.getLong(), in.getLong())));
    }
    totals = in.hasMore() ? sizes.withConflicts(in.getNumber()) : sizes;
    boolean isCounted = in.hasMore();
    lastRename = isCounted ? in.getNumber() : 0;
    renames = isCounted ? in.getInt() : 0;
    longestPath = isCounted ? in.getInt() : RelativePath.MAX_PATH_BYTES;
  }

  byte[] encode() {
    RowEncoder out = new RowEncoder().putByte(VERSION);
    out.putNumber(root).putNumber(rootMode).putNumber(nextInode).putNumber(rangeEnd);
    out.putNumber(headSeq).putNumber(lastFileId).putNumber(lastDirectory).putNumber(blobs);
    out.putNumber(totals.files()).putNumber(totals.bytes());
    out.putNumber(totals.realFiles()).putNumber(totals.realBytes());
    out.putNumber(stores.size());
    for (StoreId store : stores) {
      out.putLong(store.value().getMostSignificantBits());
      out.putLong(store.value().getLeastSignificantBits());
    }
    out.putNumber(totals.conflicts());
    out.putNumber(lastRename).putNumber(renames).putNumber(longestPath);
    return out.toBytes();
  }

  private int add(StoreId store) {
    int number = stores.size();
    stores.add(store);
    numbers.put(store, number);
    return number;
  }

  /** The number of a store, a new one if it has none. */
  int number(StoreId store) {
    Integer known = numbers.get(store);
    return known == null ? add(store) : known;
  }

  StoreId store(int number) {
    return stores.get(number);
  }
}
