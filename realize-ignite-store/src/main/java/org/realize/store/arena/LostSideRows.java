package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/** The files that lost conflicts, by place and hash: one packed map. Confined to its thread. */
final class LostSideRows {

  private static final int PLACE_BYTES = 16;

  private final PackedMap sides;

  /** A file that lost at {@code place}; see {@link org.realize.sync.port.LostSide}. */
  record LostAt(PathRows.EntryPlace place, ContentHash hash, int mode, FileTime mtime) {

    private byte[] key() {
      return ByteBuffer.allocate(PLACE_BYTES + ContentHash.BYTES)
          .put(place.bytes())
          .put(hash.bytes())
          .array();
    }
  }

  LostSideRows(RowSource rows, int arena) {
    sides = new PackedMap(rows, bucket -> RowKey.of(Family.LOST_SIDE, arena, 0, bucket));
  }

  List<LostAt> list(int max) throws StorageFailed {
    List<LostAt> listed = new ArrayList<>();
    for (Bucket.BucketSlot slot : sides.list(0, max)) {
      ByteBuffer key = ByteBuffer.wrap(slot.name());
      PathRows.EntryPlace place = PathRows.EntryPlace.of(key);
      byte[] hash = new byte[ContentHash.BYTES];
      key.get(hash);
      RowDecoder in = new RowDecoder(slot.payload());
      int mode = in.getInt();
      FileTime mtime = new FileTime(in.getSigned(), in.getInt());
      listed.add(new LostAt(place, ContentHash.of(hash), mode, mtime));
    }
    return listed;
  }

  void put(RowChanges changes, LostAt lost) throws StorageFailed {
    RowEncoder out = new RowEncoder().putNumber(lost.mode());
    out.putSigned(lost.mtime().seconds()).putNumber(lost.mtime().nanos());
    sides.put(changes, lost.key(), out.toBytes());
  }

  void remove(RowChanges changes, PathRows.EntryPlace place, ContentHash hash)
      throws StorageFailed {
    sides.remove(changes, new LostAt(place, hash, 0, FileTime.EPOCH).key());
  }
}
