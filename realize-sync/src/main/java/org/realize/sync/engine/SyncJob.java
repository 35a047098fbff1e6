package org.realize.sync.engine;

import static java.util.Comparator.naturalOrder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.PathJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job that brings an arena's root to what is shown, as its marks ask for. One step is a batch
 * of paths in path order, so that a directory comes before what is in it.
 *
 * <p>What takes names away comes last and children first, once nothing else was to do for a second;
 * a new name whose bytes are here under another name that stays comes just before that. So the two
 * halves of a rename may arrive in any order, and the new name finds the old file, which is
 * renamed: no bytes are moved. A directory that was renamed, or removed, with all that is in it is
 * changed as a whole ({@link TreeJobs}).
 *
 * <p>After the root's disk was full, what is to be made there pauses. All else goes on: what is
 * removed may be what makes room.
 */
public final class SyncJob implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(SyncJob.class);

  /** Paths of one batch. */
  private static final int BATCH = 500;

  /** Bytes of one batch, which are in memory. */
  private static final long BATCH_BYTES = 8 << 20;

  /** Paths that one step of a walk looks at. */
  private static final int PAGE = 5_000;

  /** The time between two looks while the root is in doubt, from the first on. */
  private static final Duration FIRST_DOUBT = Duration.ofMillis(100);

  private static final Duration LAST_DOUBT = Duration.ofSeconds(5);

  /** The time between two questions whether the root was looked at. */
  private static final Duration SCAN = Duration.ofMillis(200);

  private final SyncWork work;
  private final SyncQueues queues;
  private final JobExecutor executor;
  private final AnnouncedMarks announced;
  private final TreeJobs trees;
  private final MovedTrees moved;
  private final BooleanSupplier isScanned;
  private Duration doubt = FIRST_DOUBT;

  /**
   * The part of {@code work} that is quickly done.
   *
   * @param isScanned true once the root was looked at since the start: until then the paths of the
   *     arena are not walked, which would slow the look down, and work on what it is about to
   *     change
   */
  public SyncJob(SyncWork work, BooleanSupplier isScanned) {
    this.work = work;
    this.isScanned = isScanned;
    queues = work.queues();
    executor = new JobExecutor(work);
    announced = new AnnouncedMarks(work.arena());
    trees = new TreeJobs(work);
    moved = new MovedTrees(work.arena().time());
  }

  @Override
  public String purpose() {
    return "make real what is marked";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    try {
      work.index().check(RelativePath.ROOT);
    } catch (InDoubt e) {
      Duration wait = doubt;
      doubt = wait.multipliedBy(2).compareTo(LAST_DOUBT) < 0 ? wait.multipliedBy(2) : LAST_DOUBT;
      return Optional.of(wait);
    }
    doubt = FIRST_DOUBT;
    Optional<Duration> pause = work.userPause().left();
    if (pause.isPresent()) {
      return pause;
    }
    Optional<Duration> full = work.full().left();
    if (full.isEmpty()) {
      queues.tryForRoom();
    }
    work.cancelled().prune();
    if (work.room().isBack()) {
      queues.retryNow(_ -> true);
    }
    Optional<Duration> retry = queues.retryDue();
    if (announced.step()
        || dirty()
        || (isScanned.getAsBoolean() && walk())
        || (untilSettled().isZero() && (moves() || copies() || last()))) {
      return Optional.of(Duration.ZERO);
    }
    Duration settled = isScanned.getAsBoolean() ? untilSettled() : SCAN;
    return Stream.of(retry, full, work.room().untilLook(), Optional.of(settled))
        .flatMap(Optional::stream)
        .min(naturalOrder());
  }

  private Duration untilSettled() {
    Duration whole = moved.untilSettled();
    return whole.isZero() ? queues.untilSettled() : whole;
  }

  /** Works on the next dirty paths; false if there are none. */
  private boolean dirty() throws RealizeException, InterruptedException {
    return queues.whole(
        queues.takeDirty(BATCH),
        paths -> {
          List<RelativePath> now = new ArrayList<>();
          for (RelativePath path : paths) {
            if (!isLeft(path)) {
              now.add(path);
            }
          }
          batch(now, true);
        });
  }

  /** True for what is left until the directory that it is in is renamed. */
  private boolean isLeft(RelativePath path) throws RealizeException {
    Optional<RelativePath> target = moved.unproven(path);
    if (target.isPresent() && trees.comesWith(path, target.get())) {
      moved.prove(target.get());
    } else if (target.isPresent()) {
      moved.refuse(target.get());
      queues.add(target.stream().toList());
    }
    return moved.covers(path);
  }

  /**
   * Renames the directories that peers have renamed, those that can be as a whole, and makes the
   * others, whose files are then renamed each.
   */
  private boolean moves() throws RealizeException, InterruptedException {
    Map<RelativePath, RelativePath> formers = moved.take();
    try {
      if (!formers.isEmpty()) {
        batch(trees.move(formers).stream().map(PlannedPath::path).toList(), false);
      }
    } finally {
      formers.forEach((target, former) -> {
        queues.addTree(target);
        queues.addTree(former);
      });
    }
    return !formers.isEmpty();
  }

  private boolean copies() throws RealizeException, InterruptedException {
    return queues.whole(queues.takeCopies(BATCH), paths -> batch(paths, false));
  }

  private boolean last() throws RealizeException, InterruptedException {
    return queues.whole(queues.takeLast(BATCH), this::last);
  }

  private boolean walk() throws RealizeException {
    Optional<SyncQueues.TreePage> next = queues.page();
    if (next.isEmpty()) {
      return false;
    }
    SyncQueues.TreePage page = next.get();
    List<PlannedPath> planned = work.plan(page, PAGE);
    List<RelativePath> found = new ArrayList<>();
    for (PlannedPath path : planned) {
      if (page.top().contains(path.path()) && path.job().isPresent()) {
        found.add(path.path());
      }
    }
    queues.add(found);
    boolean isOver = planned.isEmpty() || page.isOver(planned.getLast().path());
    queues.walked(page, isOver ? Optional.empty() : Optional.of(planned.getLast().path()));
    return true;
  }

  private void last(List<RelativePath> paths) throws RealizeException, InterruptedException {
    List<PlannedPath> together = new ArrayList<>();
    List<RelativePath> others = new ArrayList<>();
    for (PlannedPath planned : work.plan(paths)) {
      PathJob job = planned.job().orElse(null);
      if (job == null || isLast(job)) {
        together.add(planned);
      } else {
        others.add(planned.path());
      }
    }
    queues.putBack(others);
    executor.performAll(trees.remove(together), Map.of());
  }

  /**
   * Sorts paths, and does at once what can be done together.
   *
   * @param isFirst false once nothing else is dirty: copies are made then
   */
  private void batch(List<RelativePath> paths, boolean isFirst)
      throws RealizeException, InterruptedException {
    SyncBatch together = new SyncBatch(work.index().ignoring());
    for (PlannedPath planned : work.plan(paths)) {
      try {
        sort(planned, isFirst, together);
      } catch (RealizeException e) {
        work.failed(planned, e);
      }
    }
    executor.announce(together.announced);
    executor.performAll(together.paths, together.sources);
  }

  /** The paths of one batch that are worked on together. */
  private static final class SyncBatch {
    private final List<PlannedPath> paths = new ArrayList<>();
    private final List<RelativePath> announced = new ArrayList<>();
    private final Set<RelativePath> directories = new HashSet<>();
    private final Map<RelativePath, PlannedPath> sources = new HashMap<>();
    private final RootIndex.NameRule ignoring;
    private long bytes;

    private SyncBatch(RootIndex.NameRule ignoring) {
      this.ignoring = ignoring;
    }

    /** True if the directory above a path is on the disk, or comes before it. */
    boolean hasDirectory(RelativePath path, SyncWork work) throws RealizeException {
      RelativePath directory = path.parent().orElse(RelativePath.ROOT);
      if (!directories.contains(directory) && work.hasDirectory(path)) {
        directories.add(directory);
      }
      return directories.contains(directory);
    }

    boolean isFull() {
      return bytes > BATCH_BYTES;
    }

    void add(PlannedPath planned, PathJob job) {
      paths.add(planned);
      bytes += job.bytes();
      if (job instanceof PathJob.RealizePath realize
          && realize.version().content() instanceof Content.Directory) {
        directories.add(planned.path());
      }
    }
  }

  private void sort(PlannedPath planned, boolean isFirst, SyncBatch together)
      throws RealizeException, InterruptedException {
    RelativePath path = planned.path();
    if (SyncWork.isDirectory(planned.state())) {
      queues.adopt(path);
    } else if (planned.state().shown().isTombstone() && planned.state().realStat() == null) {
      queues.addEmptied(path.parent().orElse(RelativePath.ROOT));
    }
    PathJob job = planned.job().orElse(null);
    if (job == null || work.isIgnored(planned.state(), together.ignoring)) {
      work.settle(path);
    } else if (queues.isRetriedLater(path)) {
      LOG.debug("'{}' is retried later", path);
    } else if (job instanceof PathJob.Announce) {
      together.announced.add(path);
    } else if (job instanceof PathJob.UnrealizePath) {
      queues.addUnrealized(path);
    } else if (isLast(job)) {
      queues.addLast(path);
    } else if (job instanceof PathJob.RealizePath && !together.hasDirectory(path, work)) {
      orphan(planned);
    } else if (isFirst && isMoved(planned)) {
      LOG.debug("'{}' is a directory that has another name", path);
    } else if (isRenamed(planned, isFirst, together)) {
      LOG.debug("'{}' is made of a file that has another name", path);
    } else if (job instanceof PathJob.RealizePath && work.full().left().isPresent()) {
      queues.addRoomless(path);
    } else if (job instanceof PathJob.Download) {
      queues.addFetch(path);
    } else if (SmallContents.isLarge(job)) {
      queues.addLarge(path);
    } else if (together.isFull()) {
      queues.add(List.of(path));
    } else {
      together.add(planned, job);
    }
  }

  /** Leaves a directory that had another name until all that is in it has come. */
  private boolean isMoved(PlannedPath target) throws RealizeException {
    Optional<RelativePath> former = trees.former(target);
    boolean isLeft = former.isPresent() && moved.add(target.path(), former.get());
    if (isLeft) {
      queues.addCopy(target.path());
    }
    return isLeft;
  }

  /**
   * Renames the file that has the bytes, if it is to go; leaves the path if that may still come.
   */
  private boolean isRenamed(PlannedPath target, boolean isFirst, SyncBatch together)
      throws RealizeException {
    if (!(target.job().orElse(null) instanceof PathJob.RealizePath realize)) {
      return false;
    }
    Optional<PlannedPath> source = work.source(target.path(), realize);
    if (source.isEmpty()) {
      return false;
    }
    if (source.get().job().orElse(null) instanceof PathJob.RemovePath
        && !together.sources.containsValue(source.get())) {
      together.paths.add(target);
      together.sources.put(target.path(), source.get());
      return true;
    }
    if (isFirst) {
      queues.addCopy(target.path());
    }
    return isFirst;
  }

  /** Leaves a path until its directory is there, or makes one that nothing else makes. */
  private void orphan(PlannedPath planned) throws RealizeException, InterruptedException {
    queues.addOrphan(planned.path());
    Optional<PlannedPath> directory = work.directoryFor(planned.path());
    if (directory.isPresent()) {
      if (work.hasDirectory(directory.get().path())) {
        executor.makeDirectory(directory.get());
      } else {
        orphan(directory.get());
      }
    }
  }

  /** True for what takes a name away. */
  private static boolean isLast(PathJob job) {
    return switch (job) {
      case PathJob.RemovePath _ -> true;
      case PathJob.RealizePath(var version, var indexed) ->
          indexed != null
              && indexed.kind() == FileStat.Kind.DIRECTORY
              && !(version.content() instanceof Content.Directory);
      case PathJob.Announce _,
          PathJob.ApplyMetadata _,
          PathJob.Download _,
          PathJob.UnrealizePath _ ->
          false;
    };
  }
}
