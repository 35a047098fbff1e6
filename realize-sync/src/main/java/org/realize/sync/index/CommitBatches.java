package org.realize.sync.index;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Conclusion.Dropped;
import org.realize.sync.index.Conclusion.Gone;
import org.realize.sync.index.Conclusion.Holds;
import org.realize.sync.index.Conclusion.Refused;
import org.realize.sync.index.Conclusion.Restless;
import org.realize.sync.index.Conclusion.TreeNode;
import org.realize.sync.index.Conclusion.Unsettled;
import org.realize.sync.index.Conclusion.Unshared;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.Doubt;
import org.realize.sync.rules.LocalRules;

/**
 * The conclusions of one run of the indexer, on their way through the hashers into the store, in
 * bounded batches. While one batch is committed, the hashers continue with what waits.
 *
 * <p>Each batch is committed only after the root has shown its identity once more, and a removal
 * only if the name is still absent then. A path whose real version was changed by somebody else in
 * the meantime is looked at again instead, and so are a path whose carried hash has no source any
 * more, and a missing one whose replacement is not concluded. Not thread-safe.
 */
final class CommitBatches {

  private static final int MAX_BATCH_PATHS = 500;
  private static final int MAX_BATCH_NODE_BYTES = 4 << 20;
  private static final int MAX_WAITING = 4 * MAX_BATCH_PATHS;

  /** How long a full queue waits for its oldest file before it commits what is ready. */
  private static final long BATCH_WAIT_NANOS = 200_000_000;

  private record Waiting(
      RelativePath path,
      @Nullable RealVersion base,
      boolean found,
      Future<Conclusion> conclusion) {}

  private record Ready(
      RelativePath path,
      @Nullable RealVersion base,
      boolean found,
      Conclusion conclusion,
      long counter) {}

  private final IndexedRoot root;
  private final GlobalStore global;
  private final boolean found;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final Set<RelativePath> again = new TreeSet<>();
  private int changes;

  /**
   * @param found true during the first scan of a root without index
   */
  CommitBatches(IndexedRoot root, GlobalStore global, boolean found) {
    this.root = root;
    this.global = global;
    this.found = found;
  }

  /** Paths that changed while they were read, or were changed by others. */
  Set<RelativePath> again() {
    return again;
  }

  /** Paths committed that differ from what was known. */
  int changes() {
    return changes;
  }

  /** Takes a difference from {@code base}, the state that the observation was compared with. */
  void add(RelativePath path, @Nullable PathState base, Conclusion conclusion)
      throws RealizeException, InterruptedException {
    add(path, base, CompletableFuture.completedFuture(conclusion));
  }

  void add(RelativePath path, @Nullable PathState base, Future<Conclusion> conclusion)
      throws RealizeException, InterruptedException {
    add(new Waiting(path, real(base), found, conclusion));
  }

  /** Takes a large file that was hashed, maybe by an earlier run. */
  void add(FileHashing.Large file) throws RealizeException, InterruptedException {
    add(new Waiting(file.path(), real(file.base()), file.found(), file.conclusion()));
  }

  private void add(Waiting one) throws RealizeException, InterruptedException {
    waiting.add(one);
    if (waiting.size() >= MAX_WAITING) {
      awaitBatch();
      commitReady();
    }
  }

  private static @Nullable RealVersion real(@Nullable PathState state) {
    return state == null ? null : state.real();
  }

  /** Commits all that was added. */
  void finish() throws RealizeException, InterruptedException {
    while (!waiting.isEmpty()) {
      awaitBatch();
      commitReady();
    }
  }

  /** Drops what waits; files that are being hashed are left to end by themselves. */
  void abandon() {
    waiting.forEach(entry -> entry.conclusion().cancel(false));
    waiting.clear();
  }

  /**
   * Waits until a batch is ready, but not for long: while a large file is hashed, others are
   * committed. Small commits would cost more than the hashing of small files.
   */
  private void awaitBatch() throws InterruptedException {
    root.checkCancelled();
    long until = root.time().monotonicNanos() + BATCH_WAIT_NANOS;
    int ready = 0;
    for (Waiting next : waiting) {
      try {
        long left = Math.max(0, until - root.time().monotonicNanos());
        Object _ = next.conclusion().get(left, TimeUnit.NANOSECONDS);
      } catch (TimeoutException later) {
        return;
      } catch (ExecutionException bug) {
        // Seen by commitReady.
      }
      if (++ready == MAX_BATCH_PATHS) {
        return;
      }
    }
  }

  private void commitReady() throws RealizeException, InterruptedException {
    List<Ready> batch = new ArrayList<>();
    long nodeBytes = 0;
    Iterator<Waiting> all = waiting.iterator();
    while (all.hasNext() && batch.size() < MAX_BATCH_PATHS && nodeBytes < MAX_BATCH_NODE_BYTES) {
      Waiting next = all.next();
      if (next.conclusion().isDone()) {
        all.remove();
        Conclusion conclusion = result(next);
        nodeBytes += nodeBytes(conclusion);
        long counter = global.nextCounter(root.time().unixMillis());
        batch.add(new Ready(next.path(), next.base(), next.found(), conclusion, counter));
      }
    }
    if (!batch.isEmpty()) {
      commit(certain(batch));
    }
  }

  private static Conclusion result(Waiting done) throws InterruptedException {
    try {
      return done.conclusion().get();
    } catch (ExecutionException bug) {
      throw new IllegalStateException("hashing '" + done.path() + "'", bug.getCause());
    }
  }

  private static long nodeBytes(Conclusion conclusion) {
    return conclusion instanceof Holds holds ? holds.nodeBytes() : 0;
  }

  /** The part of {@code batch} that may be concluded now. */
  private List<Ready> certain(List<Ready> batch) throws RealizeException {
    List<Ready> certain = new ArrayList<>(batch.size());
    for (Ready ready : batch) {
      switch (ready.conclusion()) {
        case Holds _, Unshared _, Dropped _ -> certain.add(ready);
        case Gone() -> {
          if (stillAbsent(ready.path())) {
            certain.add(ready);
          }
        }
        case Unsettled() -> again.add(ready.path());
        case Restless() -> listRestless(ready.path());
        case Refused(String cause) -> root.findings().pause(ready.path(), cause);
      }
    }
    if (certain.isEmpty()) {
      return certain;
    }
    List<Ready> sure = root.places().certain(certain, Ready::path);
    Optional<Doubt> doubt = root.places().doubt(RelativePath.ROOT);
    if (doubt.isPresent()) {
      throw new InDoubt(doubt.get().text());
    }
    return sure;
  }

  private void listRestless(RelativePath path) {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    root.findings().skip(directory, path.toString(), "always changing: its last version stays");
    again.add(path);
  }

  private boolean stillAbsent(RelativePath path) {
    try {
      if (root.stat(path).isEmpty()) {
        return true;
      }
      again.add(path);
    } catch (IOException refused) {
      root.findings().pause(path, IoCause.of(refused));
    }
    return false;
  }

  private void commit(List<Ready> certain) throws RealizeException {
    if (certain.isEmpty()) {
      return;
    }
    List<Ready> batch = new ArrayList<>(certain);
    putLargeTrees(batch);
    StoreId self = global.identity().store();
    Map<Long, RelativePath> origins = origins(batch);
    Set<RelativePath> dropped = dropped(batch);
    Set<RelativePath> overtaken = new HashSet<>();
    int changed =
        root.store()
            .write(writer -> {
              overtaken.clear();
              int count = 0;
              Set<RelativePath> beingReplaced = ApplyProtocol.open(writer);
              for (Ready ready : batch) {
                PathState before = writer.path(ready.path()).orElse(null);
                boolean isMissingForNow =
                    ready.conclusion() instanceof Gone && beingReplaced.contains(ready.path());
                if (isMissingForNow || !isUpToDate(writer, before, ready)) {
                  overtaken.add(ready.path());
                  continue;
                }
                if (before != null && dropped.contains(ready.path())) {
                  DropIntents.takeOver(writer, before); // what the user made replaces nothing
                  before = writer.path(ready.path()).orElse(null);
                }
                if (put(writer, before, ready, self, origins)) {
                  count++;
                }
              }
              return count;
            });
    changes += changed;
    again.addAll(overtaken);
  }

  /** True if the path is as it was compared with, and a carried hash is still that of a file. */
  private static boolean isUpToDate(ArenaWriter writer, @Nullable PathState before, Ready ready)
      throws RealizeException {
    if (!Objects.equals(real(before), ready.base())) {
      return false;
    }
    return !(ready.conclusion() instanceof Holds holds)
        || holds.source() == null
        || writer.path(holds.source().path()).filter(s -> s.isReal(holds.content())).isPresent();
  }

  /** Inode → path of the files that this batch removes: where new names of them come from. */
  private static Map<Long, RelativePath> origins(List<Ready> batch) {
    Map<Long, RelativePath> origins = new HashMap<>();
    for (Ready ready : batch) {
      FileStat stat = ready.base() == null ? null : ready.base().stat();
      if (ready.conclusion() instanceof Gone && stat != null && stat.kind() == FileStat.Kind.FILE) {
        origins.put(stat.fileKey(), ready.path());
      }
    }
    return origins;
  }

  /** True if it was a change that others hear of. */
  private boolean put(
      ArenaWriter writer,
      @Nullable PathState before,
      Ready ready,
      StoreId self,
      Map<Long, RelativePath> origins)
      throws RealizeException {
    if (!(ready.conclusion() instanceof Holds)) {
      if (before == null || before.realStat() == null) {
        return false;
      }
      if (!DropIntents.takeOver(writer, before)) {
        writer.put(
            ready.conclusion() instanceof Dropped || root.places().isUnsettled(ready.path())
                ? LocalRules.dropped(before, writer.nextSeq())
                : LocalRules.removed(before, author(writer, ready, self)));
      }
      return true;
    }
    if (before != null && before.realStat() != null && root.places().isUnsettled(ready.path())) {
      return putFound(writer, before, ready, self);
    }
    return putHeld(writer, before, ready, self, origins);
  }

  /**
   * Paths of the batch whose files were dropped, and whose names something else has taken since.
   * Paths of which the trash cannot be asked are taken out of the batch.
   */
  private Set<RelativePath> dropped(List<Ready> batch) throws RealizeException {
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

  private boolean putHeld(
      ArenaWriter writer,
      @Nullable PathState before,
      Ready ready,
      StoreId self,
      Map<Long, RelativePath> origins)
      throws RealizeException {
    Holds seen = (Holds) ready.conclusion();
    FileStat stat = seen.stat();
    return switch (LocalRules.difference(before, seen.content(), stat)) {
      case CONTENT -> {
        RelativePath from = origin(ready.path(), seen, origins);
        LocalRules.Sighting sighting =
            new LocalRules.Sighting(seen.content(), stat, seen.atNanos(), from, ready.found());
        putTree(writer, seen);
        writer.put(LocalRules.changed(before, ready.path(), sighting, author(writer, ready, self)));
        yield true;
      }
      case METADATA -> {
        PathState known = Objects.requireNonNull(before);
        LocalRules.Author author = author(writer, ready, self);
        writer.put(LocalRules.metadataChanged(known, stat, seen.atNanos(), author));
        yield true;
      }
      case NONE -> {
        writer.put(LocalRules.restated(Objects.requireNonNull(before), stat, seen.atNanos()));
        yield false;
      }
    };
  }

  /**
   * Puts what was found instead of an indexed content in the first scan after a doubt: it may be
   * older than what is known, so it replaces nothing.
   */
  private boolean putFound(ArenaWriter writer, PathState before, Ready ready, StoreId self)
      throws RealizeException {
    Holds seen = (Holds) ready.conclusion();
    if (LocalRules.difference(before, seen.content(), seen.stat())
        != LocalRules.Difference.CONTENT) {
      writer.put(LocalRules.restated(before, seen.stat(), seen.atNanos()));
      return false;
    }
    putTree(writer, seen);
    LocalRules.Author author = author(writer, ready, self);
    LocalRules.Sighting sighting =
        new LocalRules.Sighting(seen.content(), seen.stat(), seen.atNanos(), null, true);
    PathState dropped = LocalRules.dropped(before, author.seq());
    writer.put(LocalRules.changed(dropped, ready.path(), sighting, author));
    return true;
  }

  private static @Nullable RelativePath origin(
      RelativePath path, Holds seen, Map<Long, RelativePath> origins) {
    if (seen.source() != null && !seen.source().path().equals(path)) {
      return seen.source().path();
    }
    return seen.stat().kind() == FileStat.Kind.FILE ? origins.get(seen.stat().fileKey()) : null;
  }

  private static LocalRules.Author author(ArenaWriter writer, Ready ready, StoreId self)
      throws RealizeException {
    return new LocalRules.Author(self, ready.counter(), writer.nextSeq());
  }

  private static void putTree(ArenaWriter writer, Holds seen) throws RealizeException {
    if (seen.content() instanceof Content.File file && seen.nodeBytes() <= MAX_BATCH_NODE_BYTES) {
      for (TreeNode node : seen.nodes()) {
        node.put(writer, file.hash());
      }
    }
  }

  /** Puts the trees that are too large for one commit, in commits of their own, before the path. */
  private void putLargeTrees(List<Ready> batch) throws RealizeException {
    for (Ready ready : batch) {
      if (ready.conclusion() instanceof Holds seen
          && seen.content() instanceof Content.File file
          && seen.nodeBytes() > MAX_BATCH_NODE_BYTES) {
        int perCommit = MAX_BATCH_NODE_BYTES / (1024 * ContentHash.BYTES);
        for (int start = 0; start < seen.nodes().size(); start += perCommit) {
          List<TreeNode> part =
              seen.nodes().subList(start, Math.min(start + perCommit, seen.nodes().size()));
          root.store()
              .write(writer -> {
                for (TreeNode node : part) {
                  node.put(writer, file.hash());
                }
                return part;
              });
        }
      }
    }
  }
}
