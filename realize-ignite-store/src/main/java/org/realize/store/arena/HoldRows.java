package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The blobs that places hold beside their shown content: one packed map. Confined to its thread.
 */
final class HoldRows {

  private final PackedMap holds;

  /** A hold of the path at {@code place}; see {@link org.realize.sync.port.BlobHold}. */
  record Hold(PathRows.EntryPlace place, ContentHash hash, long sinceMillis) {}

  HoldRows(RowSource rows, int arena) {
    holds = new PackedMap(rows, bucket -> RowKey.of(Family.BLOB_HOLD, arena, 0, bucket));
  }

  @Nullable Hold get(PathRows.EntryPlace place) throws StorageFailed {
    Bucket.BucketSlot slot = holds.find(place.bytes());
    return slot == null ? null : hold(slot);
  }

  private static Hold hold(Bucket.BucketSlot slot) {
    RowDecoder in = new RowDecoder(slot.payload());
    return new Hold(
        PathRows.EntryPlace.of(ByteBuffer.wrap(slot.name())), in.getHash(), in.getSigned());
  }

  List<Hold> list(int max) throws StorageFailed {
    List<Hold> listed = new ArrayList<>();
    for (Bucket.BucketSlot slot : holds.list(0, max)) {
      listed.add(hold(slot));
    }
    return listed;
  }

  /** All that is held. */
  Set<ContentHash> hashes() throws StorageFailed {
    Set<ContentHash> hashes = new HashSet<>();
    for (Bucket.BucketSlot slot : holds.list(0, Integer.MAX_VALUE)) {
      hashes.add(hold(slot).hash());
    }
    return hashes;
  }

  void put(RowChanges changes, Hold hold) throws StorageFailed {
    RowEncoder out = new RowEncoder().putHash(hold.hash()).putSigned(hold.sinceMillis());
    holds.put(changes, hold.place().bytes(), out.toBytes());
  }

  void remove(RowChanges changes, PathRows.EntryPlace place) throws StorageFailed {
    holds.remove(changes, place.bytes());
  }
}
