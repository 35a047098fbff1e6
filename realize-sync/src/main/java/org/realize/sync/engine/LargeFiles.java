package org.realize.sync.engine;

import static java.util.Comparator.naturalOrder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.RealizeException;
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
  private boolean isFirst = true;

  /** The part of {@code work} that {@link SyncJob} leaves. */
  public LargeFiles(SyncWork work) {
    this.work = work;
    queues = work.queues();
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
      work.announceFetched();
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
        paths -> {
          List<PlannedPath> fetched = new ArrayList<>();
          for (PlannedPath planned : work.plan(paths)) {
            if (planned.job().orElse(null) instanceof PathJob.Download) {
              fetched.add(planned);
            } else {
              queues.add(List.of(planned.path()));
            }
          }
          work.fetchAll(fetched);
        });
  }

  private boolean large() throws RealizeException, InterruptedException {
    return queues.whole(
        queues.takeLarge().stream().toList(),
        paths -> {
          for (PlannedPath planned : work.plan(paths)) {
            if (planned.job().filter(SyncJob::isLarge).isPresent()) {
              work.performLarge(planned);
            } else {
              queues.add(List.of(planned.path()));
            }
          }
        });
  }
}
