package org.realize.sync.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;

/**
 * The upkeep of one arena's holds: it ends those that have served their content, or are too many. A
 * hold is committed together with the change that makes it; all that decides its end is in the
 * store too. So a crash can neither lose a hold nor leave one for ever. Used by one thread.
 */
final class BlobHolds {

  /** Holds beyond the limit that one look goes through. */
  private static final int BATCH = 1_000;

  /** Holds changed in one commit. */
  private static final int PER_COMMIT = 200;

  private final ArenaStore store;
  private final BlobStore blobs;
  private final TimeSource time;
  private final HoldLimits limits;

  BlobHolds(ArenaStore store, BlobStore blobs, TimeSource time, HoldLimits limits) {
    this.store = store;
    this.blobs = blobs;
    this.time = time;
    this.limits = limits;
  }

  /** A hold that may still serve, and whether any path shows what it holds. */
  private record KeptHold(BlobHold hold, long bytes, boolean isShown) {}

  /**
   * Looks at all holds; what a path holds no more may be deleted then. What is held and not shown
   * goes before all that is shown, if its room is needed.
   */
  void review() throws RealizeException {
    List<BlobHold> over = new ArrayList<>();
    List<BlobHold> unnoted = new ArrayList<>();
    long now = time.unixMillis();
    long room = Math.min(limits.bytes(), blobs.usage().availableBytes());
    List<KeptHold> useful = store.read(reader -> useful(reader, over));
    Set<ContentHash> counted = new HashSet<>();
    long bytes = 0;
    int paths = 0;
    for (KeptHold kept : useful) {
      BlobHold hold = kept.hold();
      long more = counted.contains(hold.hash()) ? 0 : kept.bytes();
      if (paths >= limits.paths() || bytes + more > room || isOld(hold, now)) {
        over.add(hold);
        continue;
      }
      counted.add(hold.hash());
      if (!kept.isShown()) {
        blobs.retire(hold.hash());
      }
      paths++;
      bytes += more;
      if (hold.sinceMillis() == 0) {
        unnoted.add(new BlobHold(hold.path(), hold.hash(), now));
      }
    }
    store.writeEach(over, PER_COMMIT, ArenaWriter::removeBlobHold);
    store.writeEach(unnoted, PER_COMMIT, ArenaWriter::putBlobHold);
  }

  private boolean isOld(BlobHold hold, long now) {
    return hold.sinceMillis() != 0 && now - hold.sinceMillis() > limits.age().toMillis();
  }

  /** Holds that may still serve, the latest first; the others go to {@code over}. */
  private List<KeptHold> useful(ArenaReader reader, List<BlobHold> over) throws RealizeException {
    List<KeptHold> useful = new ArrayList<>();
    for (BlobHold hold : reader.blobHolds(limits.paths() + BATCH)) {
      Optional<BlobRow> held = reader.blob(hold.hash());
      if (held.isPresent() && !held.get().available().isEmpty() && mayServe(reader, hold)) {
        boolean isShown = !reader.blobReferences(hold.hash(), 1).isEmpty();
        useful.add(new KeptHold(hold, held.get().available().lengthBytes(), isShown));
      } else {
        over.add(hold);
      }
    }
    useful.sort(Comparator.comparingLong(kept -> -age(kept.hold())));
    return useful;
  }

  /** A hold that was not looked at yet is the latest. */
  private static long age(BlobHold hold) {
    return hold.sinceMillis() == 0 ? Long.MAX_VALUE : hold.sinceMillis();
  }

  /**
   * True if the path shows a file that is neither whole in its blob nor the real one. Of one block,
   * nothing is taken from elsewhere.
   */
  private static boolean mayServe(ArenaReader reader, BlobHold hold) throws RealizeException {
    Optional<PathState> state = reader.path(hold.path());
    if (state.isEmpty() || !(state.get().shown().content() instanceof Content.File shown)) {
      return false;
    }
    return !state.get().isReal(shown)
        && new TreeShape(shown.sizeBytes()).blocks() > 1
        && reader
            .blob(shown.hash())
            .map(blob -> !blob.available().contains(0, shown.sizeBytes()))
            .orElse(true);
  }
}
