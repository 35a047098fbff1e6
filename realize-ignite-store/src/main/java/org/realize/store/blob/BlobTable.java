package org.realize.store.blob;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;

/** The rows of an arena's blobs. Every method is one transaction. Thread-safe. */
final class BlobTable {

  /** Ranges of one blob that are durable in its file. */
  record Claim(BlobRow row, ByteRanges ranges) {}

  private final ArenaStore store;

  BlobTable(ArenaStore store) {
    this.store = store;
  }

  List<BlobRow> rows() throws RealizeException {
    return store.read(reader -> reader.blobs());
  }

  Optional<BlobRow> find(ContentHash hash) throws RealizeException {
    return store.read(reader -> reader.blob(hash));
  }

  /**
   * The row of {@code hash}, made if there is none. A row that claims nothing takes the size, which
   * nothing verified so far.
   */
  BlobRow findOrCreate(ContentHash hash, long sizeBytes) throws RealizeException {
    Optional<BlobRow> present = find(hash);
    if (present.isPresent() && present.get().sizeBytes() == sizeBytes) {
      return present.get();
    }
    return store.write(writer -> {
      Optional<BlobRow> found = writer.blob(hash);
      if (found.isPresent() && found.get().sizeBytes() == sizeBytes) {
        return found.get();
      }
      if (found.isPresent() && !found.get().available().isEmpty()) {
        throw new RealizeException.Invalid(
            "open blob %s: it has %d bytes, not %d"
                .formatted(hash.hex8(), found.get().sizeBytes(), sizeBytes));
      }
      long fileId = found.isPresent() ? found.get().fileId() : writer.nextFileId();
      BlobRow row = new BlobRow(hash, sizeBytes, fileId, ByteRanges.EMPTY);
      writer.putBlob(row);
      return row;
    });
  }

  /** Adds the ranges to their rows, as far as the rows are still there. */
  void claim(List<Claim> claims) throws RealizeException {
    store.write(writer -> {
      for (Claim claim : claims) {
        Optional<BlobRow> row = sameFile(writer, claim.row());
        if (row.isPresent()) {
          writer.putBlob(with(row.get(), row.get().available().plus(claim.ranges())));
        }
      }
      return claims.size();
    });
  }

  /** The rows' files have lost their bytes. */
  void lose(List<BlobRow> rows) throws RealizeException {
    store.write(writer -> {
      for (BlobRow row : rows) {
        if (sameFile(writer, row).isPresent()) {
          writer.putBlob(with(row, ByteRanges.EMPTY));
        }
      }
      return rows.size();
    });
  }

  /** Removes the row, or only its ranges if a path refers to it by now. */
  void remove(BlobRow row) throws RealizeException {
    store.write(writer -> {
      if (writer.blobReferences(row.hash(), 1).isEmpty()) {
        writer.removeBlob(row.hash());
      } else {
        writer.putBlob(with(row, ByteRanges.EMPTY));
      }
      return row;
    });
  }

  private static Optional<BlobRow> sameFile(ArenaWriter writer, BlobRow row)
      throws RealizeException {
    return writer.blob(row.hash()).filter(now -> now.fileId() == row.fileId());
  }

  private static BlobRow with(BlobRow row, ByteRanges available) {
    return new BlobRow(row.hash(), row.sizeBytes(), row.fileId(), available);
  }
}
