package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;

/**
 * The table of blobs: a packed map from hash to size and file, the available ranges and the use of
 * each in a row of its own, since they change most, and per hash the places of the paths that show
 * it. Confined to its thread.
 */
final class BlobRows {

  /** Rows of this version have neither a use nor allocated bytes. */
  private static final int WITHOUT_USE = 1;

  private static final byte VERSION = 2;

  private final RowSource rows;
  private final int arena;
  private final PackedMap blobs;

  BlobRows(RowSource rows, int arena) {
    this.rows = rows;
    this.arena = arena;
    this.blobs = new PackedMap(rows, bucket -> RowKey.of(Family.BLOB, arena, 0, bucket));
  }

  private RowKey rangesKey(long fileId) {
    return RowKey.of(Family.BLOB_RANGES, arena, fileId, 0);
  }

  private PackedMap references(ContentHash hash) {
    byte[] base = hash.bytes();
    IntFunction<RowKey> key =
        bucket ->
            RowKey.of(
                Family.BLOB_REFERENCE,
                arena,
                ByteBuffer.allocate(36).put(base).putInt(bucket).array());
    return new PackedMap(rows, key);
  }

  boolean exists(ContentHash hash) throws StorageFailed {
    return blobs.find(hash.bytes()) != null;
  }

  /** Bytes that the blob of {@code hash} has; -1 if there is none. */
  long available(ContentHash hash) throws StorageFailed {
    BlobRow blob = get(hash);
    return blob == null ? -1 : blob.available().lengthBytes();
  }

  @Nullable BlobRow get(ContentHash hash) throws StorageFailed {
    Bucket.Slot slot = blobs.find(hash.bytes());
    return slot == null ? null : row(slot);
  }

  private BlobRow row(Bucket.Slot slot) throws StorageFailed {
    Decoder in = new Decoder(slot.payload());
    long size = in.getNumber();
    long fileId = in.getNumber();
    return changing(ContentHash.of(slot.name()), size, fileId);
  }

  private BlobRow changing(ContentHash hash, long size, long fileId) throws StorageFailed {
    byte[] row = rows.get(rangesKey(fileId));
    if (row == null) {
      return new BlobRow(hash, size, fileId, ByteRanges.EMPTY);
    }
    Decoder in = new Decoder(row);
    int version = in.getByte();
    if (version == WITHOUT_USE) {
      return new BlobRow(hash, size, fileId, ranges(in));
    }
    if (version != VERSION) {
      throw new IllegalStateException("a row of version " + version + " of blob " + hash);
    }
    long allocated = in.getNumber();
    BlobUse.Area area = BlobUse.Area.of(in.getByte());
    BlobUse use = new BlobUse(area, in.getInt(), in.getInt(), in.getNumber());
    return new BlobRow(hash, size, fileId, ranges(in), allocated, use);
  }

  private static ByteRanges ranges(Decoder in) {
    List<ByteRange> ranges = new ArrayList<>();
    long at = 0;
    for (int left = in.getInt(); left > 0; left--) {
      long start = at + in.getNumber();
      at = start + in.getNumber();
      ranges.add(new ByteRange(start, at));
    }
    return ByteRanges.union(ranges);
  }

  BlobPage page(long after, int max) throws StorageFailed {
    List<BlobRow> page = new ArrayList<>();
    List<Bucket.Slot> slots = blobs.list(after, max);
    for (Bucket.Slot slot : slots) {
      page.add(row(slot));
    }
    return new BlobPage(page, slots.size() < max ? BlobPage.END : slots.getLast().cursor());
  }

  List<BlobRow> all() throws StorageFailed {
    List<BlobRow> all = new ArrayList<>();
    for (Bucket.Slot slot : blobs.list(0, Integer.MAX_VALUE)) {
      all.add(row(slot));
    }
    return all;
  }

  /** Blobs that no path refers to and that are not among {@code held}. */
  List<BlobRow> unreferenced(int max, Set<ContentHash> held) throws StorageFailed {
    List<BlobRow> found = new ArrayList<>();
    for (Bucket.Slot slot : blobs.list(0, Integer.MAX_VALUE)) {
      if (found.size() >= max) {
        break;
      }
      ContentHash hash = ContentHash.of(slot.name());
      if (!held.contains(hash) && references(hash).size() == 0) {
        found.add(row(slot));
      }
    }
    return found;
  }

  List<PathRows.Place> references(ContentHash hash, int max) throws StorageFailed {
    List<PathRows.Place> places = new ArrayList<>();
    for (Bucket.Slot slot : references(hash).list(0, max)) {
      places.add(PathRows.Place.of(ByteBuffer.wrap(slot.name())));
    }
    return places;
  }

  /** Stores a blob; whether it is new. */
  boolean put(RowChanges changes, BlobRow blob) throws StorageFailed {
    BlobRow before = get(blob.hash());
    if (before != null && before.fileId() != blob.fileId()) {
      changes.remove(rangesKey(before.fileId()));
    }
    Encoder out = new Encoder().putNumber(blob.sizeBytes()).putNumber(blob.fileId());
    blobs.put(changes, blob.hash().bytes(), out.toBytes());
    BlobUse use = blob.use();
    Encoder ranges = new Encoder().putByte(VERSION).putNumber(blob.allocatedBytes());
    ranges.putByte(use.area().code()).putNumber(use.units());
    ranges.putNumber(use.generation()).putNumber(use.place());
    ranges.putNumber(blob.available().ranges().size());
    long at = 0;
    for (ByteRange range : blob.available().ranges()) {
      ranges.putNumber(range.startBytes() - at).putNumber(range.lengthBytes());
      at = range.endBytes();
    }
    changes.put(rangesKey(blob.fileId()), ranges.toBytes());
    return before == null;
  }

  /** Removes a blob with all that refers to it; whether it was there. */
  boolean remove(RowChanges changes, ContentHash hash) throws StorageFailed {
    PackedMap references = references(hash);
    for (Bucket.Slot slot : references.list(0, Integer.MAX_VALUE)) {
      references.remove(changes, slot.name());
    }
    BlobRow blob = get(hash);
    if (blob == null) {
      return false;
    }
    changes.remove(rangesKey(blob.fileId()));
    blobs.remove(changes, hash.bytes());
    return true;
  }

  /** Adds a reference unless it is there. */
  void addReference(RowChanges changes, ContentHash hash, PathRows.Place place)
      throws StorageFailed {
    PackedMap references = references(hash);
    if (references.find(place.bytes()) == null) {
      references.put(changes, place.bytes(), new byte[0]);
    }
  }

  void removeReference(RowChanges changes, ContentHash hash, PathRows.Place place)
      throws StorageFailed {
    references(hash).remove(changes, place.bytes());
  }
}
