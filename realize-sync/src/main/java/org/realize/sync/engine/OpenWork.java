package org.realize.sync.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.PathJob;

/** The paths of one arena that are not as their marks ask for, one by one. Thread-safe. */
public final class OpenWork {

  /** The reason that a path is not done. */
  public enum WorkState {
    /** Its turn comes. */
    QUEUED,
    /** No peer that has the content is connected. */
    WAITING,
    /** It failed, as a finding says, and is retried. */
    FAILED,
    /** It is being done. */
    RUNNING,
    /** The user cancelled it. */
    CANCELLED
  }

  /**
   * A path with work.
   *
   * @param kind the kind of the work, one word
   * @param bytes of the file that is to be made or fetched
   * @param cause of a failure; else empty
   */
  public record OpenPath(
      RelativePath path, String kind, long bytes, WorkState state, String cause) {}

  private final SyncWork work;

  public OpenWork(SyncWork work) {
    this.work = work;
  }

  /** Paths with work, about {@code max} of each state. */
  public List<OpenPath> list(int max) throws RealizeException {
    List<OpenPath> open = new ArrayList<>();
    Set<RelativePath> seen = new HashSet<>();
    for (Finding finding : work.arena().store().read(reader -> reader.findings(max))) {
      if (finding.source().part() == Finding.Part.SYNC) {
        RelativePath path = RelativePath.of(finding.subject());
        seen.add(path);
        add(open, List.of(path), WorkState.FAILED, finding.cause());
      }
    }
    List<RelativePath> waiting = new ArrayList<>(work.queues().waiting(max));
    waiting.removeAll(seen);
    seen.addAll(waiting);
    add(open, waiting, WorkState.WAITING, "");
    List<RelativePath> running = new ArrayList<>(work.queues().underWay(max));
    running.removeAll(seen);
    seen.addAll(running);
    add(open, running, WorkState.RUNNING, "");
    List<RelativePath> queued = new ArrayList<>(work.queues().atWork(max));
    queued.removeIf(seen::contains);
    add(open, queued, WorkState.QUEUED, "");
    work.cancelledPaths().stream()
        .limit(max)
        .forEach(planned -> add(open, planned, WorkState.CANCELLED, ""));
    return open;
  }

  private void add(
      List<OpenPath> open, Collection<RelativePath> paths, WorkState state, String cause)
      throws RealizeException {
    work.plan(paths).forEach(planned -> add(open, planned, state, cause));
  }

  private static void add(List<OpenPath> open, PlannedPath planned, WorkState state, String cause) {
    PathJob job = planned.job().orElse(null);
    if (job != null) {
      open.add(new OpenPath(planned.path(), kind(job), job.bytes(), state, cause));
    }
  }

  static String kind(PathJob job) {
    return switch (job) {
      case PathJob.Download _ -> "download";
      case PathJob.Announce _ -> "announce";
      case PathJob.RealizePath _ -> "realize";
      case PathJob.ApplyMetadata _ -> "attributes";
      case PathJob.RemovePath _ -> "remove";
      case PathJob.UnrealizePath _ -> "unrealize";
    };
  }

  /**
   * Retries at once what failed, waits for a peer or was cancelled, of the paths that {@code
   * wanted} takes.
   */
  public void retry(Predicate<RelativePath> wanted) throws RealizeException {
    work.queues().add(work.cancelled().remove(wanted));
    work.queues().retryNow(wanted);
  }

  /**
   * Cancels the work of paths, and of those below them that are known to have some: it is stopped
   * at once, and planned again when its path or its mark changes, or by {@link #retry}. What was
   * collected stays. Durable on return. {@code NotFound}, and nothing is cancelled, for a path
   * without work.
   */
  public void cancel(Collection<RelativePath> tops) throws RealizeException {
    Set<RelativePath> cancelled = new HashSet<>(tops);
    for (OpenPath open : list(CancelledJobs.MAX_PATHS + 1)) {
      if (tops.stream().anyMatch(top -> top.contains(open.path()))) {
        cancelled.add(open.path());
      }
    }
    List<PathState> states = new ArrayList<>();
    for (PlannedPath planned : work.plan(cancelled)) {
      if (planned.job().isPresent()) {
        states.add(planned.state());
      }
    }
    for (RelativePath top : tops) {
      if (states.stream().noneMatch(state -> top.contains(state.path()))) {
        throw new NotFound("cancel '%s': nothing is to be done there".formatted(top));
      }
    }
    work.cancelled().add(states);
    Set<RelativePath> paths = new HashSet<>();
    states.forEach(state -> paths.add(state.path()));
    work.fetches().stop(paths::contains);
    paths.forEach(work::settle);
  }
}
