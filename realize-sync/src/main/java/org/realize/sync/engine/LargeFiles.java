package org.realize.sync.engine;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * The jobs of an arena that take long, one after the other: large files, and whole downloads. They
 * have a thread of their own, so that no small file waits for them.
 */
public final class LargeFiles implements Job {

  private static final Duration IDLE = Duration.ofHours(1);

  private final SyncWork work;

  /** The part of {@code work} that {@link SyncJob} leaves. */
  public LargeFiles(SyncWork work) {
    this.work = work;
  }

  @Override
  public String purpose() {
    return "fetch large files";
  }

  @Override
  public Optional<Duration> step() throws RealizeException, InterruptedException {
    Optional<Duration> pause = work.full().left();
    if (pause.isPresent()) {
      return pause;
    }
    Optional<RelativePath> path = work.queues().takeLarge();
    if (path.isEmpty()) {
      return Optional.of(IDLE);
    }
    boolean isDone = false;
    try {
      for (PlannedPath planned : work.plan(List.of(path.get()))) {
        if (planned.job().filter(SyncJob::isLarge).isPresent()) {
          work.performLarge(planned);
        } else {
          work.queues().add(List.of(planned.path()));
        }
      }
      isDone = true;
    } finally {
      if (!isDone) {
        work.queues().putBack(List.of(path.get()));
      }
    }
    return Optional.of(Duration.ZERO);
  }
}
