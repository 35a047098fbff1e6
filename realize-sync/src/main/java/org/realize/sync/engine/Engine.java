package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The background jobs of one arena, each stepped when it is due. A job that fails is retried after
 * 15 s, then after twice as long each time, up to an hour; the others are not held up. The engine
 * has no thread and never sleeps: {@link #step} returns when it wants to be called next, so a test
 * or a simulator can advance it in virtual time. Used by one thread but for {@link #wake()} and
 * {@link #wake(Job)}.
 */
public final class Engine {

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  static final Duration FIRST_RETRY = Duration.ofSeconds(15);
  static final Duration LAST_RETRY = Duration.ofHours(1);

  /** The time between two calls when no job is left. */
  static final Duration IDLE = Duration.ofHours(1);

  private static final class QueuedJob {
    private final Job job;
    private long dueNanos;
    private Duration retry = FIRST_RETRY;

    QueuedJob(Job job, long dueNanos) {
      this.job = job;
      this.dueNanos = dueNanos;
    }
  }

  private final ArenaName arena;
  private final TimeSource time;
  private final List<QueuedJob> entries = new ArrayList<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Set<Job> wokenJobs = ConcurrentHashMap.newKeySet();

  /** An engine whose jobs are all due at once, in the order given. */
  public Engine(ArenaName arena, List<? extends Job> jobs, TimeSource time) {
    this.arena = arena;
    this.time = time;
    long now = time.monotonicNanos();
    jobs.forEach(job -> entries.add(new QueuedJob(job, now)));
  }

  /**
   * Steps every job that is due, once.
   *
   * @return the time until the next job is due; zero if one is due now
   */
  public Duration step() throws InterruptedException {
    if (woken.getAndSet(false)) {
      entries.forEach(entry -> entry.dueNanos = time.monotonicNanos());
    }
    for (QueuedJob entry : List.copyOf(entries)) {
      if (wokenJobs.remove(entry.job)) {
        entry.dueNanos = time.monotonicNanos();
      }
      if (entry.dueNanos - time.monotonicNanos() <= 0) {
        step(entry);
      }
    }
    long now = time.monotonicNanos();
    long wait = IDLE.toNanos();
    for (QueuedJob entry : entries) {
      wait = Math.min(wait, entry.dueNanos - now);
    }
    return Duration.ofNanos(Math.max(0, wait));
  }

  /** Makes every job due at the next {@link #step}. Any thread may call it. */
  public void wake() {
    woken.set(true);
  }

  /** As {@link #wake()}, of one job alone. */
  public void wake(Job job) {
    wokenJobs.add(job);
  }

  private void step(QueuedJob entry) throws InterruptedException {
    Duration next;
    try {
      Optional<Duration> due = entry.job.step();
      if (due.isEmpty()) {
        entries.remove(entry);
        return;
      }
      next = due.get();
      entry.retry = FIRST_RETRY;
    } catch (RealizeException e) {
      next = failed(entry, e.oneLine(), null);
    } catch (RuntimeException e) {
      next = failed(entry, e.toString(), e);
    }
    entry.dueNanos = time.monotonicNanos() + next.toNanos();
  }

  private Duration failed(QueuedJob entry, String cause, @Nullable RuntimeException bug) {
    Duration delay = entry.retry;
    LOG.warn(
        "arena {}: {}: {}; retried in {} s",
        arena,
        entry.job.purpose(),
        cause,
        delay.toSeconds(),
        bug);
    entry.retry =
        delay.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? delay.multipliedBy(2) : LAST_RETRY;
    return delay;
  }
}
