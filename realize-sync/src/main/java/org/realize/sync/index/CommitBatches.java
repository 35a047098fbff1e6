package org.realize.sync.index;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Conclusion.DroppedName;
import org.realize.sync.index.Conclusion.Gone;
import org.realize.sync.index.Conclusion.Holds;
import org.realize.sync.index.Conclusion.RefusedName;
import org.realize.sync.index.Conclusion.Restless;
import org.realize.sync.index.Conclusion.Unsettled;
import org.realize.sync.index.Conclusion.Unshared;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.Doubt;

/**
 * The conclusions of one run of the indexer, on their way through the hashers into the store, in
 * bounded batches. While one batch is committed, the hashers continue with what waits.
 *
 * <p>Each {@linkplain BatchCommit batch} is committed only after the root has shown its identity
 * once more, and a removal only if the name is still absent then. Not thread-safe.
 */
final class CommitBatches {

  private static final int MAX_BATCH_PATHS = 500;
  private static final int MAX_WAITING = 4 * MAX_BATCH_PATHS;

  /** How long a full queue waits for its oldest file before it commits what is ready. */
  private static final long BATCH_WAIT_NANOS = 200_000_000;

  private record WaitingEntry(
      RelativePath path,
      @Nullable RealVersion base,
      boolean found,
      Future<Conclusion> conclusion) {}

  private final IndexedRoot root;
  private final GlobalStore global;
  private final boolean found;
  private final MovedMarks marks;
  private final Deque<WaitingEntry> waiting = new ArrayDeque<>();
  private final Set<RelativePath> again = new TreeSet<>();
  private int changes;

  /**
   * @param found true during the first scan of a root without index
   */
  CommitBatches(IndexedRoot root, GlobalStore global, boolean found) throws RealizeException {
    this.root = root;
    this.global = global;
    this.found = found;
    marks = new MovedMarks(root);
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
    add(new WaitingEntry(path, real(base), found, conclusion));
  }

  /** Takes a large file that was hashed, maybe by an earlier run. */
  void add(FileHashing.Large file) throws RealizeException, InterruptedException {
    add(new WaitingEntry(file.path(), real(file.base()), file.found(), file.conclusion()));
  }

  private void add(WaitingEntry one) throws RealizeException, InterruptedException {
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

  /**
   * Drops what waits, to be looked at {@linkplain #again}; files that are being hashed are left to
   * end by themselves.
   */
  void abandon() {
    for (WaitingEntry entry : waiting) {
      entry.conclusion().cancel(false);
      again.add(entry.path());
    }
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
    for (WaitingEntry next : waiting) {
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
    List<BatchCommit.Ready> batch = new ArrayList<>();
    long nodeBytes = 0;
    Iterator<WaitingEntry> all = waiting.iterator();
    while (all.hasNext()
        && batch.size() < MAX_BATCH_PATHS
        && nodeBytes < BatchCommit.MAX_NODE_BYTES) {
      WaitingEntry next = all.next();
      if (next.conclusion().isDone()) {
        all.remove();
        Conclusion conclusion = result(next);
        nodeBytes += nodeBytes(conclusion);
        long counter = global.nextCounter(root.time().unixMillis());
        batch.add(
            new BatchCommit.Ready(next.path(), next.base(), next.found(), conclusion, counter));
      }
    }
    try {
      List<BatchCommit.Ready> certain = batch.isEmpty() ? batch : certain(batch);
      if (!certain.isEmpty()) {
        changes += new BatchCommit(root, global.identity().store(), certain, marks, again).run();
      }
    } catch (RealizeException failed) {
      batch.forEach(ready -> again.add(ready.path()));
      throw failed;
    }
  }

  private static Conclusion result(WaitingEntry done) throws InterruptedException {
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
  private List<BatchCommit.Ready> certain(List<BatchCommit.Ready> batch) throws RealizeException {
    List<BatchCommit.Ready> certain = new ArrayList<>(batch.size());
    for (BatchCommit.Ready ready : batch) {
      switch (ready.conclusion()) {
        case Holds _, Unshared _, DroppedName _ -> certain.add(ready);
        case Gone() -> {
          if (stillAbsent(ready.path())) {
            certain.add(ready);
          }
        }
        case Unsettled() -> again.add(ready.path());
        case Restless() -> listRestless(ready.path());
        case RefusedName(String cause) -> root.findings().pause(ready.path(), cause);
      }
    }
    if (certain.isEmpty()) {
      return certain;
    }
    List<BatchCommit.Ready> sure = root.places().certain(certain, BatchCommit.Ready::path);
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
}
