package org.realize.sync.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.real.TreeChange;
import org.realize.sync.rules.PathJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of whole directories of one arena: those that are renamed, or removed, with all that is
 * in them are changed in one step ({@link TreeChange}), where every path below them asks for just
 * that. What cannot be done so is left to be done name by name. For one thread.
 */
final class TreeJobs {
  private static final Logger LOG = LoggerFactory.getLogger(TreeJobs.class);

  /** Directories that are changed together. */
  private static final int BATCH = 500;

  private final SyncWork work;
  private final SyncQueues queues;
  private final Arena arena;
  private final RootIndex index;
  private final @Nullable Real root;

  /** The executor of the jobs of whole directories that {@code work} finds. */
  TreeJobs(SyncWork work) {
    this.work = work;
    queues = work.queues();
    arena = work.arena();
    index = work.index();
    root = arena.root();
  }

  /** A job for a directory, and the change that does it. */
  private record TreeJob(PlannedPath planned, TreeChange change) {}

  // ---- renames

  /**
   * The directory that a new one was before, as its version says, if that is on the disk: it may be
   * renamed as a whole once all that is in it has come.
   */
  Optional<RelativePath> former(PlannedPath planned) throws RealizeException {
    RelativePath from =
        planned.job().orElse(null) instanceof PathJob.RealizePath(var version, var indexed)
                && indexed == null
                && version.content() instanceof Content.Directory
            ? version.from()
            : null;
    if (from == null || from.contains(planned.path()) || planned.path().contains(from)) {
      return Optional.empty();
    }
    return work.plan(List.of(from)).stream()
        .filter(source -> SyncWork.isDirectory(source.state()))
        .map(PlannedPath::path)
        .findFirst();
  }

  /** True if a path below a directory that had another name came with it from there. */
  boolean comesWith(RelativePath path, RelativePath target) throws RealizeException {
    Optional<PlannedPath> top = work.plan(List.of(target)).stream().findFirst();
    Optional<RelativePath> former = top.isPresent() ? former(top.get()) : Optional.empty();
    if (former.isEmpty()) {
      return false;
    }
    String inside = path.toString().substring(target.toString().length());
    return work.plan(List.of(path)).stream()
        .anyMatch(planned ->
            planned.state().shown().content() instanceof Content.Link
                || (former.get() + inside).equals(String.valueOf(planned.state().shown().from())));
  }

  /**
   * Renames the directories that can be renamed as a whole.
   *
   * @param formers their former names, by the new ones
   * @return those that are still to be made
   */
  List<PlannedPath> move(Map<RelativePath, RelativePath> formers) throws RealizeException {
    TreeMap<RelativePath, RelativePath> sorted = new TreeMap<>(formers);
    List<TreeJob> jobs = new ArrayList<>();
    List<PlannedPath> left = new ArrayList<>();
    Set<RelativePath> kept = kept();
    for (PlannedPath target : work.plan(sorted.keySet())) {
      RelativePath from = sorted.get(target.path());
      Optional<TreeChange> move = from == null ? Optional.empty() : move(from, target, kept);
      if (move.isPresent()) {
        jobs.add(new TreeJob(target, move.get()));
      } else if (target.job().isPresent()) {
        left.add(target);
      }
    }
    for (TreeJob job : apply(jobs)) {
      left.add(job.planned());
    }
    return left;
  }

  private Optional<TreeChange> move(RelativePath from, PlannedPath target, Set<RelativePath> kept)
      throws RealizeException {
    FileStat indexed =
        work.plan(List.of(from)).stream()
            .filter(source -> source.job().orElse(null) instanceof PathJob.RemovePath)
            .map(source -> source.state().realStat())
            .findFirst()
            .orElse(null);
    return indexed != null
            && former(target).filter(from::equals).isPresent()
            && isFree(List.of(from, target.path()), kept)
            && movesWhole(from, target.path())
        ? Optional.of(new TreeChange.Move(from, indexed, target.path()))
        : Optional.empty();
  }

  /** True if all that is on the disk below one name is to go, and to be at the other one. */
  private boolean movesWhole(RelativePath from, RelativePath to) throws RealizeException {
    RootIndex.NameRule ignoring = index.ignoring();
    Deque<String> directories = new ArrayDeque<>(List.of(""));
    while (!directories.isEmpty()) {
      String inside = directories.pop();
      SortedMap<String, PlannedPath> there = work.planIn(RelativePath.of(to + inside));
      for (PlannedPath old : work.planIn(RelativePath.of(from + inside)).values()) {
        FileStat stat = old.state().realStat();
        if (stat == null) {
          continue;
        }
        PlannedPath moved = there.get(old.path().name());
        if (moved == null
            || !(old.job().orElse(null) instanceof PathJob.RemovePath)
            || !(moved.job().orElse(null) instanceof PathJob.RealizePath(var version, var indexed))
            || indexed != null
            || !version.content().equals(content(old, stat))
            || work.isIgnored(moved.state(), ignoring)) {
          return false;
        }
        if (stat.kind() == FileStat.Kind.DIRECTORY) {
          directories.push(inside + "/" + old.path().name());
        }
      }
    }
    return true;
  }

  private static Content content(PlannedPath planned, FileStat stat) {
    return stat.kind() == FileStat.Kind.DIRECTORY
        ? new Content.Directory()
        : planned.state().realContent();
  }

  // ---- removals

  /** Removes the directories that are to go with all that is in them; returns what is left. */
  List<PlannedPath> remove(List<PlannedPath> planned) throws RealizeException {
    Map<RelativePath, Optional<PlannedPath>> known = new HashMap<>();
    planned.forEach(each -> known.put(each.path(), Optional.of(each)));
    Map<RelativePath, PlannedPath> tops = new LinkedHashMap<>();
    for (PlannedPath each : planned) {
      top(each.path(), known).ifPresent(top -> tops.putIfAbsent(top.path(), top));
    }
    Set<RelativePath> kept = tops.isEmpty() ? Set.of() : kept();
    List<TreeJob> jobs = new ArrayList<>();
    for (PlannedPath top : tops.values()) {
      FileStat indexed = top.state().realStat();
      if (indexed != null && isFree(List.of(top.path()), kept) && goesWhole(top.path())) {
        jobs.add(new TreeJob(top, new TreeChange.Remove(top.path(), indexed)));
      }
    }
    Set<RelativePath> gone = new HashSet<>();
    jobs.forEach(job -> gone.add(job.planned().path()));
    apply(jobs).forEach(job -> gone.remove(job.planned().path()));
    gone.forEach(queues::forgetLast);
    return planned.stream()
        .filter(each -> gone.stream().noneMatch(top -> top.contains(each.path())))
        .toList();
  }

  /** The topmost directory at or above a path that is to go with all on the way to it. */
  private Optional<PlannedPath> top(
      RelativePath path, Map<RelativePath, Optional<PlannedPath>> known) throws RealizeException {
    Optional<PlannedPath> top = removed(path, known);
    Optional<PlannedPath> above = removed(path.parent().orElse(RelativePath.ROOT), known);
    while (above.isPresent()) {
      top = above;
      above = removed(top.get().path().parent().orElse(RelativePath.ROOT), known);
    }
    return top;
  }

  /** A directory, if it is to go. */
  private Optional<PlannedPath> removed(
      RelativePath path, Map<RelativePath, Optional<PlannedPath>> known) throws RealizeException {
    if (path.isRoot()) {
      return Optional.empty();
    }
    Optional<PlannedPath> before = known.get(path);
    if (before == null) {
      before = work.plan(List.of(path)).stream().findFirst();
      known.put(path, before);
    }
    return before
        .filter(each -> each.job().orElse(null) instanceof PathJob.RemovePath)
        .filter(each -> SyncWork.isDirectory(each.state()));
  }

  /** True if nothing that is known below a directory is to be there. */
  private boolean goesWhole(RelativePath top) throws RealizeException {
    Deque<RelativePath> directories = new ArrayDeque<>(List.of(top));
    while (!directories.isEmpty()) {
      for (PlannedPath each : work.planIn(directories.pop()).values()) {
        FileStat stat = each.state().realStat();
        boolean isGoing =
            stat == null
                ? each.state().shown().isTombstone()
                : each.job().orElse(null) instanceof PathJob.RemovePath;
        if (!isGoing) {
          return false;
        }
        if (stat != null && stat.kind() == FileStat.Kind.DIRECTORY) {
          directories.push(each.path());
        }
      }
    }
    return true;
  }

  // ---- both

  /** The paths whose files are kept for peers, or are being given up. */
  private Set<RelativePath> kept() throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Set<RelativePath> kept = new HashSet<>(DropIntents.read(reader).keySet());
          Pins.read(reader).forEach(pin -> kept.add(pin.path()));
          return kept;
        });
  }

  private boolean isFree(Collection<RelativePath> tops, Set<RelativePath> kept)
      throws RealizeException {
    return kept.stream().noneMatch(path -> tops.stream().anyMatch(top -> top.contains(path)))
        && index.certain(tops).containsAll(tops);
  }

  /** Changes directories; returns those that were not. */
  private List<TreeJob> apply(List<TreeJob> jobs) throws RealizeException {
    List<TreeJob> left = new ArrayList<>();
    if (root == null) {
      return jobs;
    }
    for (int start = 0; start < jobs.size(); start += BATCH) {
      List<TreeJob> batch = jobs.subList(start, Math.min(jobs.size(), start + BATCH));
      batch.forEach(job -> work.begun(job.planned()));
      List<ApplyResult> results =
          root.apply().applyTrees(batch.stream().map(TreeJob::change).toList());
      for (int i = 0; i < batch.size(); i++) {
        TreeJob job = batch.get(i);
        if (results.get(i).equals(new ApplyResult.Concluded(ApplyOutcome.DONE))) {
          done(job);
        } else {
          LOG.debug("'{}' is changed name by name: {}", job.change().path(), results.get(i));
          left.add(job);
        }
      }
    }
    return left;
  }

  private void done(TreeJob job) {
    RelativePath path = job.planned().path();
    work.events().ended(path, JobEvents.JobEnd.DONE, "");
    work.settle(path);
    switch (job.change()) {
      case TreeChange.Move _ -> {
        queues.adopt(path);
        index.request(path); // what programs changed in it meanwhile
      }
      case TreeChange.Remove _ -> queues.add(List.of(path.parent().orElse(RelativePath.ROOT)));
    }
  }
}
