package org.realize.store.blob;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
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
import org.realize.sync.rules.EvictionRules;
import org.realize.sync.rules.EvictionRules.Verdict;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.cache.Epoch;

/** Judges by the arena's table whether bytes may go, and lets them go. Thread-safe. */
final class Eviction implements BlobCache.Keeper {

  /** Paths looked at; a content that more of them show stays. */
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
    return store.read(reader -> EvictionRules.judge(hash, showing(reader, hash), UNMARKED))
        == Verdict.FREE;
  }

  private static List<PathState> showing(ArenaReader reader, ContentHash hash)
      throws StorageFailed {
    List<PathState> showing = new ArrayList<>();
    for (RelativePath path : reader.blobReferences(hash, MAX_PATHS)) {
      Optional<PathState> state = reader.path(path);
      state.ifPresent(showing::add);
    }
    return showing;
  }

  private Verdict judge(ArenaReader reader, ContentHash hash) throws StorageFailed {
    if (reader.blobReferences(hash, MAX_PATHS + 1).size() > MAX_PATHS) {
      return Verdict.MARKED;
    }
    return EvictionRules.judge(hash, showing(reader, hash), new Marks(arenaMark, reader.marks()));
  }

  @Override
  public void note(Map<ContentHash, BlobUse> uses, Epoch epoch) throws RealizeException {
    table.note(uses, epoch);
  }

  /**
   * Lets the bytes of contents go: first the files, then what the rows claim, all in one commit.
   * The rows stay, so that it is remembered which paths show them and how they were used.
   */
  @Override
  public Collection<ContentHash> evict(Map<ContentHash, BlobUse> going) throws RealizeException {
    List<ContentHash> open = new ArrayList<>();
    List<ContentHash> alone = new ArrayList<>();
    for (ContentHash hash : going.keySet()) {
      (blobs.tryAlone(hash) ? alone : open).add(hash);
    }
    try {
      evictAlone(alone, going);
    } finally {
      alone.forEach(hash -> blobs.settle(hash, null));
    }
    return open;
  }

  private void evictAlone(List<ContentHash> hashes, Map<ContentHash, BlobUse> uses)
      throws RealizeException {
    List<BlobRow> going = new ArrayList<>();
    boolean areAllShown =
        store.read(reader -> {
          boolean shown = true;
          for (ContentHash hash : hashes) {
            reader.blob(hash).ifPresent(going::add);
            shown &= !reader.blobReferences(hash, 1).isEmpty();
          }
          return shown;
        });
    if (!areAllShown) {
      store.force(); // what says that they are not needed must not be lost after them
    }
    try {
      for (BlobRow row : going) {
        directory.delete(row);
      }
    } catch (IOException e) {
      throw BlobFailures.of("evict blobs", e);
    } finally {
      table.lose(going, uses); // also what may not have gone: the next who opens it looks
      going.forEach(gone);
    }
  }
}
