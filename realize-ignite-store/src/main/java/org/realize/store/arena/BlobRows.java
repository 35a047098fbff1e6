package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The table of blobs: a packed map from hash to size, file, sums and use, the available ranges of
 * each in a row of its own, since there may be many, and per hash the places of the paths that show
 * it. Confined to its thread.
 */
final class BlobRows {
  private static final byte VERSION = 1;

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
    Bucket.BucketSlot slot = blobs.find(hash.bytes());
    return slot == null ? null : row(slot);
  }

  private BlobRow row(Bucket.BucketSlot slot) throws StorageFailed {
    RowDecoder in = new RowDecoder(slot.payload());
    ContentHash hash = ContentHash.of(slot.name());
    long size = in.getNumber();
    long fileId = in.getNumber();
    ByteRanges available = ranges(fileId);
    if (!in.hasMore()) {
      return new BlobRow(hash, size, fileId, available); // of a release that did not count uses
    }
    in.getNumber();
    return new BlobRow(hash, size, fileId, available, in.getNumber(), use(in));
  }

  /** As {@link #row}, without a look at the ranges. */
  private BlobInfo info(Bucket.BucketSlot slot) throws StorageFailed {
    RowDecoder in = new RowDecoder(slot.payload());
    long size = in.getNumber();
    long fileId = in.getNumber();
    if (!in.hasMore()) {
      return row(slot).info();
    }
    ContentHash hash = ContentHash.of(slot.name());
    return new BlobInfo(hash, size, fileId, in.getNumber(), in.getNumber(), use(in));
  }

  private static BlobUse use(RowDecoder in) {
    BlobUse.Area area = BlobUse.Area.of(in.getByte());
    return new BlobUse(area, in.getInt(), in.getInt(), in.getNumber());
  }

  private ByteRanges ranges(long fileId) throws StorageFailed {
    byte[] row = rows.get(rangesKey(fileId));
    return row == null ? ByteRanges.EMPTY : ranges(RowDecoder.ofRow(row, VERSION));
  }

  private static ByteRanges ranges(RowDecoder in) {
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
    List<BlobInfo> page = new ArrayList<>();
    List<Bucket.BucketSlot> slots = blobs.list(after, max);
    for (Bucket.BucketSlot slot : slots) {
      page.add(info(slot));
    }
    return new BlobPage(page, slots.size() < max ? BlobPage.END : slots.getLast().cursor());
  }

  List<BlobRow> all() throws StorageFailed {
    List<BlobRow> all = new ArrayList<>();
    for (Bucket.BucketSlot slot : blobs.list(0, Integer.MAX_VALUE)) {
      all.add(row(slot));
    }
    return all;
  }

  /** Those that no path refers to, among a {@link #page}. */
  BlobPage unreferenced(long after, int max) throws StorageFailed {
    BlobPage page = page(after, max);
    List<BlobInfo> found = new ArrayList<>();
    for (BlobInfo blob : page.blobs()) {
      if (references(blob.hash()).size() == 0) {
        found.add(blob);
      }
    }
    return new BlobPage(found, page.next());
  }

  List<PathRows.EntryPlace> references(ContentHash hash, int max) throws StorageFailed {
    List<PathRows.EntryPlace> places = new ArrayList<>();
    for (Bucket.BucketSlot slot : references(hash).list(0, max)) {
      places.add(PathRows.EntryPlace.of(ByteBuffer.wrap(slot.name())));
    }
    return places;
  }

  /** Stores a blob; whether it is new. */
  boolean put(RowChanges changes, BlobRow blob) throws StorageFailed {
    BlobRow before = get(blob.hash());
    if (before != null && before.fileId() != blob.fileId()) {
      changes.remove(rangesKey(before.fileId()));
    }
    BlobUse use = blob.use();
    RowEncoder out = new RowEncoder().putNumber(blob.sizeBytes()).putNumber(blob.fileId());
    out.putNumber(blob.available().lengthBytes()).putNumber(blob.allocatedBytes());
    out.putByte(use.area().code()).putNumber(use.units());
    out.putNumber(use.generation()).putNumber(use.place());
    blobs.put(changes, blob.hash().bytes(), out.toBytes());
    if (before == null
        || before.fileId() != blob.fileId()
        || !before.available().equals(blob.available())) {
      putRanges(changes, blob);
    }
    return before == null;
  }

  private void putRanges(RowChanges changes, BlobRow blob) throws StorageFailed {
    RowEncoder out = new RowEncoder().putByte(VERSION).putNumber(blob.available().ranges().size());
    long at = 0;
    for (ByteRange range : blob.available().ranges()) {
      out.putNumber(range.startBytes() - at).putNumber(range.lengthBytes());
      at = range.endBytes();
    }
    changes.put(rangesKey(blob.fileId()), out.toBytes());
  }

  /** Removes a blob with all that refers to it; whether it was there. */
  boolean remove(RowChanges changes, ContentHash hash) throws StorageFailed {
    PackedMap references = references(hash);
    for (Bucket.BucketSlot slot : references.list(0, Integer.MAX_VALUE)) {
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
  void addReference(RowChanges changes, ContentHash hash, PathRows.EntryPlace place)
      throws StorageFailed {
    if (!isReferred(hash, place)) {
      references(hash).put(changes, place.bytes(), new byte[0]);
    }
  }

  boolean isReferred(ContentHash hash, PathRows.EntryPlace place) throws StorageFailed {
    return references(hash).find(place.bytes()) != null;
  }

  void removeReference(RowChanges changes, ContentHash hash, PathRows.EntryPlace place)
      throws StorageFailed {
    references(hash).remove(changes, place.bytes());
  }
}
