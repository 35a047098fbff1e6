package org.realize.store.blob;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.real.Places;
import org.realize.sync.rules.EvictionRules;
import org.realize.sync.rules.EvictionRules.EvictionVerdict;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.cache.Epoch;
import org.realize.sync.rules.cache.PinReason;

/** The rows of an arena's blobs. Every method is one transaction. Thread-safe. */
final class BlobTable {

  /** The row of the policy's epoch; first byte its version, then its fields, big-endian. */
  private static final Rows<Epoch> EPOCH =
      Rows.of(
          "cache.epoch",
          1,
          (out, epoch) ->
              out.putNumber(epoch.generation())
                  .putSigned(epoch.servedUnits())
                  .putDouble(epoch.shareForBytes())
                  .putDouble(epoch.shareForRequests()),
          in -> new Epoch(in.getInt(), in.getSigned(), in.getDouble(), in.getDouble()));

  /** Blobs of one page, and of one commit that notes uses. */
  private static final int BATCH = 1_000;

  /** Ranges of one blob that are durable in its file, and the room of all that it has. */
  record RangeCommit(BlobRow row, ByteRanges ranges, long allocatedBytes) {}

  /** A visitor of every blob. */
  interface Visitor {
    void visit(BlobInfo blob) throws RealizeException;
  }

  /** Paths looked at; a content that is current at more of them stays. */
  private static final int MAX_PATHS = 1_000;

  private static final Marks UNMARKED = new Marks(Mark.WATCH, Map.of());

  private final ArenaStore store;
  private final Mark arenaMark;

  /**
   * The blobs of an arena.
   *
   * @param arenaMark the mark of paths that have none of their own or above them
   */
  BlobTable(ArenaStore store, Mark arenaMark) {
    this.store = store;
    this.arenaMark = arenaMark;
  }

  ArenaName arena() {
    return store.arena();
  }

  /** Visits all blobs; those that are made or deleted during the visit may be missed. */
  void each(Visitor visitor) throws RealizeException {
    for (long next = BlobPage.START; next != BlobPage.END; ) {
      long after = next;
      BlobPage page = store.read(reader -> reader.blobPage(after, BATCH));
      for (BlobInfo blob : page.blobs()) {
        visitor.visit(blob);
      }
      next = page.next();
    }
  }

  List<BlobRow> all() throws RealizeException {
    return store.read(reader -> reader.blobs());
  }

  Optional<BlobRow> find(ContentHash hash) throws RealizeException {
    return store.read(reader -> reader.blob(hash));
  }

  /**
   * The row of {@code hash}, made if there is none. A row without ranges takes the size, which
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

  /** Adds the ranges to those rows that still exist. */
  void commit(List<RangeCommit> commits) throws RealizeException {
    store.write(writer -> {
      for (RangeCommit commit : commits) {
        Optional<BlobRow> row = sameFile(writer, commit.row());
        if (row.isPresent()) {
          ByteRanges available = row.get().available().plus(commit.ranges());
          writer.putBlob(row.get().with(available, commit.allocatedBytes()));
        }
      }
    });
  }

  /** The verdict on whether the bytes of a content may be evicted. */
  EvictionVerdict judge(ContentHash hash) throws RealizeException {
    return store.read(reader -> judge(reader, hash));
  }

  private EvictionVerdict judge(ArenaReader reader, ContentHash hash) throws StorageFailed {
    if (reader.blobReferences(hash, MAX_PATHS + 1).size() > MAX_PATHS
        || Pins.protects(reader, hash)) {
      return EvictionVerdict.MARKED;
    }
    return EvictionRules.judge(hash, referring(reader, hash), new Marks(arenaMark, reader.marks()));
  }

  /** True if a peer is known to have a content, or this peer's own real file has it. */
  boolean isElsewhere(ContentHash hash) throws RealizeException {
    return store.read(reader -> EvictionRules.judge(hash, referring(reader, hash), UNMARKED))
        == EvictionVerdict.FREE;
  }

  private static List<PathState> referring(ArenaReader reader, ContentHash hash)
      throws StorageFailed {
    List<PathState> referring = new ArrayList<>();
    for (RelativePath path : reader.blobReferences(hash, MAX_PATHS)) {
      Optional<PathState> state = reader.path(path);
      if (state.isPresent()) {
        boolean isDoubtful = state.get().real() != null && Places.inDoubt(reader, path);
        referring.add(isDoubtful ? state.get().withReal(null) : state.get());
      }
    }
    return referring;
  }

  /** The reason that keeps bytes which are not free. */
  static PinReason reason(EvictionVerdict verdict) {
    return verdict == EvictionVerdict.MARKED ? PinReason.KEPT : PinReason.ONLY_COPY;
  }

  /**
   * The rows that lost their ranges, as they were before, and what keeps the others.
   *
   * @param areAllCurrent true if each of the rows is of a content that some path still refers to
   */
  record Withdrawal(
      List<BlobRow> rows, Map<ContentHash, PinReason> staying, boolean areAllCurrent) {}

  /**
   * Takes the ranges of free contents back, whose files are about to be deleted. Until {@link
   * #lose} such a row still names its file and the room that it takes, so that after a crash the
   * file is known for what it is.
   *
   * @param uses the contents, with their last uses
   */
  Withdrawal withdraw(Map<ContentHash, BlobUse> uses) throws RealizeException {
    return store.free(writer -> {
      List<BlobRow> rows = new ArrayList<>();
      Map<ContentHash, PinReason> staying = new LinkedHashMap<>();
      boolean areAllCurrent = true;
      for (ContentHash hash : uses.keySet()) {
        EvictionVerdict verdict = judge(writer, hash);
        if (verdict == EvictionVerdict.FREE) {
          writer.blob(hash).ifPresent(rows::add);
          areAllCurrent &= !writer.blobReferences(hash, 1).isEmpty();
        } else {
          staying.put(hash, reason(verdict));
        }
      }
      for (BlobRow row : rows) {
        BlobUse use = uses.getOrDefault(row.hash(), row.use());
        long roomBytes = Math.max(1, row.allocatedBytes()); // a file of holes takes none
        writer.putBlob(row.with(ByteRanges.EMPTY, roomBytes).with(use));
      }
      return new Withdrawal(rows, staying, areAllCurrent);
    });
  }

  /**
   * Takes back the ranges that rows still have, after their files are gone; the references to them
   * and their use stay. Each row gets a new file id: if a power cut takes this commit back, what
   * the row gets back must not be looked for in a file that was made since.
   */
  void lose(Collection<BlobRow> rows) throws RealizeException {
    store.free(writer -> {
      for (BlobRow row : rows) {
        Optional<BlobRow> now = sameFile(writer, row);
        if (now.isPresent()) {
          writer.putBlob(emptied(writer, now.get()));
        }
      }
      return rows.size();
    });
  }

  /** True if the row has never had a file that a power cut could bring back with its ranges. */
  static boolean isUnmade(BlobRow row) {
    return row.available().isEmpty() && row.allocatedBytes() == 0;
  }

  private static BlobRow emptied(ArenaWriter writer, BlobRow row) throws RealizeException {
    long fileId = isUnmade(row) ? row.fileId() : writer.nextFileId();
    return new BlobRow(row.hash(), row.sizeBytes(), fileId, ByteRanges.EMPTY, 0, row.use());
  }

  /** Makes what was committed so far durable. */
  void force() throws RealizeException {
    store.force();
  }

  /** Some of the row's bytes are wrong. */
  void distrust(BlobRow row, ByteRanges wrong) throws RealizeException {
    store.write(writer -> {
      Optional<BlobRow> now = sameFile(writer, row);
      if (now.isPresent()) {
        ByteRanges right = now.get().available().minus(wrong);
        writer.putBlob(now.get().with(right, now.get().allocatedBytes()));
      }
    });
  }

  /** The row's bytes take so much. */
  BlobRow correct(BlobRow row, long allocatedBytes) throws RealizeException {
    BlobRow corrected = row.with(row.available(), allocatedBytes);
    store.write(writer -> {
      if (sameFile(writer, row).isPresent()) {
        writer.putBlob(corrected);
      }
    });
    return corrected;
  }

  /** How far the cache's policy had come when uses were last noted. */
  Epoch epoch() throws RealizeException {
    return store.read(reader -> reader.row(EPOCH)).orElse(Epoch.FIRST);
  }

  /** Notes how those blobs were used that still exist. */
  void note(Map<ContentHash, BlobUse> uses, Epoch epoch) throws RealizeException {
    store.write(writer -> {
      writer.putRow(EPOCH, epoch);
    });
    store.writeEach(
        List.copyOf(uses.entrySet()),
        BATCH,
        (writer, use) -> {
          Optional<BlobRow> row = writer.blob(use.getKey());
          if (row.isPresent()) {
            writer.putBlob(row.get().with(use.getValue()));
          }
        });
  }

  /** Removes the row, or only its ranges if a path refers to it now. */
  void remove(BlobRow row) throws RealizeException {
    store.write(writer -> {
      if (writer.blobReferences(row.hash(), 1).isEmpty()) {
        writer.removeBlob(row.hash());
      } else {
        writer.putBlob(emptied(writer, row));
      }
    });
  }

  private static Optional<BlobRow> sameFile(ArenaWriter writer, BlobRow row)
      throws RealizeException {
    return writer.blob(row.hash()).filter(now -> now.fileId() == row.fileId());
  }
}
