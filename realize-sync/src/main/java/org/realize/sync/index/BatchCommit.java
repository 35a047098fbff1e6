package org.realize.sync.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Conclusion.DroppedName;
import org.realize.sync.index.Conclusion.Gone;
import org.realize.sync.index.Conclusion.Holds;
import org.realize.sync.index.Conclusion.TreeNode;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.VersionVector;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.rules.LocalRules;

/**
 * The commit of one batch of conclusions: trees, removals and what is held become the arena's
 * state. A path whose real version was changed by somebody else since the observation is left, to
 * be looked at again, and so are a path whose carried hash has no source any more, and a missing
 * one whose replacement is not concluded. Used once, by one thread.
 */
final class BatchCommit {

  /** The most bytes of tree nodes in one commit. */
  static final int MAX_NODE_BYTES = 4 << 20;

  /**
   * A conclusion that may be committed.
   *
   * @param base the real version that the observation was compared with
   * @param found true if it is of the first scan of a root without index
   * @param counter for the version that it makes
   */
  record Ready(
      RelativePath path,
      @Nullable RealVersion base,
      boolean found,
      Conclusion conclusion,
      long counter) {}

  private final IndexedRoot root;
  private final StoreId self;
  private final List<Ready> batch;
  private final MovedMarks marks;
  private final Set<RelativePath> again;

  /** The paths of files that this batch removes, by inode: where new names of them come from. */
  private final Map<Long, RelativePath> origins = new HashMap<>();

  /**
   * The commit of {@code certain}.
   *
   * @param marks of the names as they were when the run began
   * @param again gets the paths that must be looked at again
   */
  BatchCommit(
      IndexedRoot root,
      StoreId self,
      List<Ready> certain,
      MovedMarks marks,
      Set<RelativePath> again) {
    this.root = root;
    this.marks = marks;
    this.self = self;
    this.batch = new ArrayList<>(certain);
    this.again = again;
  }

  /** Commits the batch; returns the number of paths that differ from what was known. */
  int run() throws RealizeException {
    putLargeTrees();
    collectOrigins();
    Set<RelativePath> dropped = dropped();
    Map<RelativePath, RelativePath> renamed = marks.origins(batch);
    Set<RelativePath> overtaken = new HashSet<>();
    Set<RelativePath> marked = new HashSet<>();
    int changed =
        root.store()
            .write(writer -> {
              overtaken.clear();
              int count = 0;
              ApplyProtocol.OpenChanges own = ApplyProtocol.open(writer);
              for (Ready ready : batch) {
                PathState before = writer.path(ready.path()).orElse(null);
                if (isOwn(own, ready) || !isUpToDate(writer, before, ready)) {
                  overtaken.add(ready.path());
                  continue;
                }
                if (before != null && dropped.contains(ready.path())) {
                  DropIntents.takeOver(writer, before); // what the user made replaces nothing
                  before = writer.path(ready.path()).orElse(null);
                }
                if (put(writer, before, ready)) {
                  count++;
                }
              }
              Map<RelativePath, RelativePath> put = new HashMap<>(renamed);
              put.keySet().removeAll(overtaken);
              marked.clear();
              marked.addAll(marks.follow(writer, put));
              marks.keepGone(writer, batch);
              return count;
            });
    again.addAll(overtaken);
    again.addAll(marked); // what a mark takes in although it is ignored
    return changed;
  }

  /** True if it was found in the middle of a change that Realize makes. */
  private static boolean isOwn(ApplyProtocol.OpenChanges own, Ready ready) {
    return ready.conclusion() instanceof Holds holds
        ? own.hasMade(ready.path(), holds.stat())
        : ready.conclusion() instanceof Gone && own.mayMiss(ready.path());
  }

  /** True if the path is as it was compared with, and a carried hash is still that of a file. */
  private static boolean isUpToDate(ArenaWriter writer, @Nullable PathState before, Ready ready)
      throws RealizeException {
    if (!Objects.equals(before == null ? null : before.real(), ready.base())) {
      return false;
    }
    return !(ready.conclusion() instanceof Holds holds)
        || holds.source() == null
        || writer.path(holds.source().path()).filter(s -> s.isReal(holds.content())).isPresent();
  }

  private void collectOrigins() {
    for (Ready ready : batch) {
      FileStat stat = ready.base() == null ? null : ready.base().stat();
      if (ready.conclusion() instanceof Gone && stat != null && stat.kind() == FileStat.Kind.FILE) {
        origins.put(stat.fileKey(), ready.path());
      }
    }
  }

  /** True if it was a change that others hear of. */
  private boolean put(ArenaWriter writer, @Nullable PathState before, Ready ready)
      throws RealizeException {
    if (!(ready.conclusion() instanceof Holds)) {
      if (before == null || before.realStat() == null) {
        return false;
      }
      if (!DropIntents.takeOver(writer, before)) {
        writer.put(
            ready.conclusion() instanceof DroppedName || root.places().isUnsettled(ready.path())
                ? LocalRules.dropped(before, writer.nextSeq())
                : LocalRules.removed(before, author(writer, ready)));
      }
      return true;
    }
    if (before != null && before.realStat() != null && root.places().isUnsettled(ready.path())) {
      return putFound(writer, before, ready);
    }
    return putHeld(writer, before, ready);
  }

  /**
   * Paths of the batch whose files were dropped, and whose names something else has taken since.
   * Paths of which the trash cannot be asked are taken out of the batch.
   */
  private Set<RelativePath> dropped() throws RealizeException {
    Map<RelativePath, DropIntents.Intent> intents = root.store().read(DropIntents::read);
    Set<RelativePath> dropped = new HashSet<>();
    Set<RelativePath> unknown = new HashSet<>();
    for (Ready ready : intents.isEmpty() ? List.<Ready>of() : batch) {
      DropIntents.Intent intent = intents.get(ready.path());
      try {
        if (intent != null
            && intent.hasBegun()
            && ready.conclusion() instanceof Holds
            && root.isInTrash(intent)) {
          dropped.add(ready.path());
        }
      } catch (IOException e) {
        root.findings().pause(ready.path(), IoCause.of(e));
        unknown.add(ready.path());
      }
    }
    batch.removeIf(ready -> unknown.contains(ready.path()));
    again.addAll(unknown);
    return dropped;
  }

  private boolean putHeld(ArenaWriter writer, @Nullable PathState before, Ready ready)
      throws RealizeException {
    Holds seen = (Holds) ready.conclusion();
    FileStat stat = seen.stat();
    return switch (LocalRules.difference(before, seen.content(), stat)) {
      case CONTENT -> {
        RelativePath from = origin(ready.path(), seen);
        LocalRules.Sighting sighting =
            new LocalRules.Sighting(seen.content(), stat, seen.atNanos(), from, ready.found());
        putTree(writer, seen);
        VersionVector replaced = ReplacedVersions.take(writer, ready.path(), before);
        LocalRules.Author author = author(writer, ready);
        put(writer, LocalRules.changed(before, ready.path(), sighting, replaced, author), stat);
        yield true;
      }
      case METADATA -> {
        PathState known = Objects.requireNonNull(before);
        LocalRules.Author author = author(writer, ready);
        put(writer, LocalRules.metadataChanged(known, stat, seen.atNanos(), author), stat);
        yield true;
      }
      case NONE -> {
        put(
            writer,
            LocalRules.restated(Objects.requireNonNull(before), stat, seen.atNanos()),
            stat);
        yield false;
      }
    };
  }

  /** Puts what is on the disk, by the inode that programs know it by. */
  private void put(ArenaWriter writer, PathState after, FileStat stat) throws RealizeException {
    Optional<Inode> known =
        after.isReal(after.shown().content())
            ? root.parts().ids().of(writer, after.path(), stat)
            : Optional.empty();
    if (known.isPresent()) {
      writer.put(after, known.get());
    } else {
      writer.put(after);
    }
  }

  /**
   * Puts what was found instead of an indexed content in the first scan after a doubt: it may be
   * older than what is known, so it replaces nothing. The indexed content is what was indexed,
   * whatever its inode: on a disk that was copied each file has another one, and no user put it
   * there.
   */
  private boolean putFound(ArenaWriter writer, PathState before, Ready ready)
      throws RealizeException {
    Holds seen = (Holds) ready.conclusion();
    if (before.isReal(seen.content())) {
      writer.put(LocalRules.restated(before, seen.stat(), seen.atNanos()));
      return false;
    }
    putTree(writer, seen);
    LocalRules.Author author = author(writer, ready);
    LocalRules.Sighting sighting =
        new LocalRules.Sighting(seen.content(), seen.stat(), seen.atNanos(), null, true);
    PathState dropped = LocalRules.dropped(before, author.seq());
    writer.put(LocalRules.changed(dropped, ready.path(), sighting, author));
    return true;
  }

  private @Nullable RelativePath origin(RelativePath path, Holds seen) {
    if (seen.source() != null && !seen.source().path().equals(path)) {
      return seen.source().path();
    }
    return seen.stat().kind() == FileStat.Kind.FILE ? origins.get(seen.stat().fileKey()) : null;
  }

  private LocalRules.Author author(ArenaWriter writer, Ready ready) throws RealizeException {
    return new LocalRules.Author(self, ready.counter(), writer.nextSeq());
  }

  private static void putTree(ArenaWriter writer, Holds seen) throws RealizeException {
    if (seen.content() instanceof Content.File file && seen.nodeBytes() <= MAX_NODE_BYTES) {
      for (TreeNode node : seen.nodes()) {
        node.put(writer, file.hash());
      }
    }
  }

  /** Puts the trees that are too large for one commit, in commits of their own, before the path. */
  private void putLargeTrees() throws RealizeException {
    for (Ready ready : batch) {
      if (ready.conclusion() instanceof Holds seen
          && seen.content() instanceof Content.File file
          && seen.nodeBytes() > MAX_NODE_BYTES) {
        int perCommit = MAX_NODE_BYTES / (1024 * ContentHash.BYTES);
        root.store()
            .writeEach(seen.nodes(), perCommit, (writer, node) -> node.put(writer, file.hash()));
      }
    }
  }
}
