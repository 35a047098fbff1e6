package org.realize.sync.engine;

import static java.util.Comparator.naturalOrder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.rules.PathJob;

/**
 * The jobs of an arena that take long: large files, one after the other, and contents that are
 * fetched whole, some at once. They have a thread of their own, so that no small file waits for
 * them.
 */
public final class LargeFiles implements Job {

  private static final Duration IDLE = Duration.ofHours(1);

  /** Contents that are fetched whole at the same time. */
  private static final int AT_ONCE = 16;

  private final SyncWork work;
  private final SyncQueues queues;
  private final JobExecutor executor;
  private boolean isFirst = true;

  /** The part of {@code work} that {@link SyncJob} leaves. */
  public LargeFiles(SyncWork work) {
    this.work = work;
    queues = work.queues();
    executor = new JobExecutor(work);
  }

  @Override
  public String purpose() {
    return "fetch large files";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    Optional<Duration> paused = work.userPause().left();
    if (paused.isPresent()) {
      return paused;
    }
    if (isFirst) {
      executor.announceFetched();
      isFirst = false;
    }
    Optional<Duration> noCache = work.fullCache().left();
    Optional<Duration> noRoom = work.full().left();
    boolean isFetched = noCache.isEmpty() && fetches();
    boolean isMore = (noRoom.isEmpty() && large()) || isFetched;
    Duration rest =
        Stream.of(noCache, noRoom).flatMap(Optional::stream).min(naturalOrder()).orElse(IDLE);
    return Optional.of(isMore ? Duration.ZERO : rest);
  }

  private boolean fetches() throws RealizeException, InterruptedException {
    return queues.whole(
        queues.takeFetches(AT_ONCE),
        paths -> executor.fetchAll(wanted(paths, PathJob.Download.class::isInstance)));
  }

  private boolean large() throws RealizeException, InterruptedException {
    return queues.whole(
        queues.takeLarge(),
        paths -> {
          for (PlannedPath planned : wanted(paths, SmallContents::isLarge)) {
            executor.performLarge(planned);
          }
        });
  }

  /** The paths whose job is still such a one; the others are left to {@link SyncJob}. */
  private List<PlannedPath> wanted(List<RelativePath> paths, Predicate<PathJob> kind)
      throws RealizeException {
    List<PlannedPath> wanted = new ArrayList<>();
    for (PlannedPath planned : work.plan(paths)) {
      if (planned.job().filter(kind).isPresent()) {
        wanted.add(planned);
      } else {
        queues.add(List.of(planned.path()));
      }
    }
    return wanted;
  }
}
