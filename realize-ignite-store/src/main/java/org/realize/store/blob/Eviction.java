package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Places;
import org.realize.sync.rules.EvictionRules;
import org.realize.sync.rules.EvictionRules.Verdict;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.cache.Epoch;
import org.realize.sync.rules.cache.Pin;

/** The judge of whether cached bytes may be evicted, and their eviction. Thread-safe. */
final class Eviction implements BlobCache.Keeper {

  /** Paths looked at; a content that is current at more of them stays. */
  private static final int MAX_PATHS = 1_000;

  private static final Marks UNMARKED = new Marks(Mark.WATCH, Map.of());

  private final ArenaStore store;
  private final Mark arenaMark;
  private final BlobTable table;
  private final BlobDirectory directory;
  private final OpenBlobs blobs;
  private final Consumer<BlobRow> gone;

  /**
   * The eviction of one arena's blobs.
   *
   * @param gone is told of every blob whose bytes have gone
   */
  Eviction(
      ArenaStore store,
      Mark arenaMark,
      BlobTable table,
      BlobDirectory directory,
      OpenBlobs blobs,
      Consumer<BlobRow> gone) {
    this.store = store;
    this.arenaMark = arenaMark;
    this.table = table;
    this.directory = directory;
    this.blobs = blobs;
    this.gone = gone;
  }

  @Override
  public DiskUsage usage() throws RealizeException {
    try {
      return directory.usage();
    } catch (IOException e) {
      throw BlobFailures.of("ask for the room of blobs", e);
    }
  }

  @Override
  public Verdict judge(ContentHash hash) throws RealizeException {
    return store.read(reader -> judge(reader, hash));
  }

  /** Whether somebody else is known to have a content, or this peer's own real file. */
  boolean isElsewhere(ContentHash hash) throws RealizeException {
    return store.read(reader -> EvictionRules.judge(hash, referring(reader, hash), UNMARKED))
        == Verdict.FREE;
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

  private Verdict judge(ArenaReader reader, ContentHash hash) throws StorageFailed {
    if (reader.blobReferences(hash, MAX_PATHS + 1).size() > MAX_PATHS) {
      return Verdict.MARKED;
    }
    return EvictionRules.judge(hash, referring(reader, hash), new Marks(arenaMark, reader.marks()));
  }

  @Override
  public void note(Map<ContentHash, BlobUse> uses, Epoch epoch) throws RealizeException {
    table.note(uses, epoch);
  }

  /**
   * Evicts the bytes of contents: first the ranges of all rows in one commit that judges once more,
   * since a peer may have lost its copy after the first judgement; then the files; then the rows'
   * claims on their files. The rows stay with their references and uses. A crash after the first
   * commit leaves rows without ranges whose files are there, which the cleanup deletes; a power cut
   * that takes it back leaves rows without files, which lose their ranges when they are opened.
   */
  @Override
  public Map<ContentHash, Pin> evict(Map<ContentHash, BlobUse> going) throws RealizeException {
    Map<ContentHash, Pin> staying = new LinkedHashMap<>();
    List<ContentHash> alone = new ArrayList<>();
    for (ContentHash hash : going.keySet()) {
      if (blobs.tryAlone(hash)) {
        alone.add(hash);
      } else {
        staying.put(hash, Pin.OPEN);
      }
    }
    try {
      staying.putAll(evictAlone(alone, going));
    } finally {
      alone.forEach(hash -> blobs.settle(hash, null));
    }
    return staying;
  }

  private Map<ContentHash, Pin> evictAlone(List<ContentHash> hashes, Map<ContentHash, BlobUse> uses)
      throws RealizeException {
    List<BlobRow> going = new ArrayList<>();
    Map<ContentHash, Pin> staying = new LinkedHashMap<>();
    boolean areAllCurrent =
        store.write(writer -> {
          going.clear();
          staying.clear();
          boolean current = true;
          for (ContentHash hash : hashes) {
            Verdict verdict = judge(writer, hash);
            if (verdict == Verdict.FREE) {
              writer.blob(hash).ifPresent(going::add);
              current &= !writer.blobReferences(hash, 1).isEmpty();
            } else {
              staying.put(hash, BlobCache.reason(verdict));
            }
          }
          BlobTable.withdraw(writer, going, uses);
          return current;
        });
    if (!areAllCurrent) {
      store.force(); // what says that they are not needed must not be lost after them
    }
    List<BlobRow> deleted = new ArrayList<>();
    try {
      for (BlobRow row : going) {
        directory.delete(row);
        deleted.add(row);
      }
    } catch (IOException e) {
      throw BlobFailures.of("evict blobs", e);
    } finally {
      table.lose(deleted);
      going.forEach(gone);
    }
    return staying;
  }
}
