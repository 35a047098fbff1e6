package org.realize.nima.daemon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.Household.Events;
import org.realize.nima.control.JobEvent;
import org.realize.nima.control.JobEvent.JobEventKind;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.engine.JobEvents.JobListener;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.engine.SyncWork.SyncFigures;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * The jobs of some arenas as one command follows them. Whatever the number of jobs, it sends
 * {@value #MAX_EVENTS} events about them twice a second at most, and how many it left out; a slow
 * reader holds up nothing but this. Used once, by one thread.
 */
final class JobWatch {

  private static final Duration BEAT = Duration.ofMillis(500);

  /** Events about jobs in one beat. */
  static final int MAX_EVENTS = 500;

  /** Jobs whose beginning is remembered for their end and their progress. */
  private static final int MAX_RUNNING = 10_000;

  /**
   * Beats after which the totals are sent, whatever happens: a long silence is taken for an end.
   */
  private static final int BEATS_OF_SILENCE = 20;

  private record RunningJob(String work, long bytes) {}

  /** The jobs of one arena. */
  private final class WatchedArena implements JobListener {
    private final OpenArena arena;
    private final Predicate<RelativePath> wanted;
    private final Map<RelativePath, RunningJob> running = new ConcurrentHashMap<>();

    WatchedArena(OpenArena arena, Predicate<RelativePath> wanted) {
      this.arena = arena;
      this.wanted = wanted;
    }

    @Override
    public void begun(RelativePath path, String kind, long bytes) {
      if (wanted.test(path)) {
        if (running.size() < MAX_RUNNING) {
          running.put(path, new RunningJob(kind, bytes));
        }
        note(event(JobEventKind.BEGUN, path, kind, bytes, 0, ""));
      }
    }

    @Override
    public void ended(RelativePath path, JobEnd end, String cause) {
      if (wanted.test(path)) {
        RunningJob job = running.remove(path);
        JobEventKind kind =
            switch (end) {
              case DONE -> JobEventKind.DONE;
              case CHANGED -> JobEventKind.CHANGED;
              case WAITING -> JobEventKind.WAITING;
              case FAILED -> JobEventKind.FAILED;
              case STOPPED -> JobEventKind.STOPPED;
            };
        String work = job == null ? null : job.work();
        long bytes = job == null ? 0 : job.bytes();
        note(event(kind, path, work, bytes, end == JobEnd.DONE ? bytes : 0, cause));
      }
    }

    private JobEvent event(
        JobEventKind kind,
        RelativePath path,
        @Nullable String work,
        long bytes,
        long doneBytes,
        String cause) {
      String name = new ArenaPath(arena.name(), path).toString();
      return new JobEvent(kind, name, work, bytes, doneBytes, cause.isEmpty() ? null : cause, 0);
    }

    /** The progress of what was running when the last beat ended, too. */
    List<JobEvent> progress(Set<RelativePath> before) {
      List<JobEvent> events = new ArrayList<>();
      SyncWork work = arena.work();
      for (RelativePath path : work.fetching()) {
        RunningJob job = running.get(path);
        if (job != null && before.contains(path)) {
          long done = work.fetchedBytes(path);
          events.add(event(JobEventKind.PROGRESS, path, job.work(), job.bytes(), done, ""));
        }
      }
      return events;
    }
  }

  private final Map<WatchedArena, Set<RelativePath>> arenas = new LinkedHashMap<>();
  private final TimeSource time;

  /** Guarded by this, as the field below. */
  private List<JobEvent> noted = new ArrayList<>();

  private long leftOut;

  JobWatch(TimeSource time) {
    this.time = time;
  }

  /** Adds the jobs of the paths of an arena that {@code wanted} takes. */
  void add(OpenArena arena, Predicate<RelativePath> wanted) {
    arenas.put(new WatchedArena(arena, wanted), Set.of());
  }

  private synchronized void note(JobEvent event) {
    if (noted.size() < MAX_EVENTS) {
      noted.add(event);
    } else {
      leftOut++;
    }
  }

  /** Sends what happens until the thread is interrupted. */
  void run(Events<JobEvent> events) throws RealizeException, InterruptedException {
    arenas.keySet().forEach(watched -> watched.arena.work().events().add(watched));
    try {
      for (int beat = 0; true; beat++) {
        send(events, beat % BEATS_OF_SILENCE == 0);
        time.sleep(BEAT);
      }
    } finally {
      arenas.keySet().forEach(watched -> watched.arena.work().events().remove(watched));
    }
  }

  private void send(Events<JobEvent> events, boolean hasTotals)
      throws RealizeException, InterruptedException {
    List<JobEvent> sent;
    long more;
    synchronized (this) {
      sent = noted;
      more = leftOut;
      noted = new ArrayList<>();
      leftOut = 0;
    }
    for (Map.Entry<WatchedArena, Set<RelativePath>> watched : arenas.entrySet()) {
      sent.addAll(watched.getKey().progress(watched.getValue()));
      watched.setValue(Set.copyOf(watched.getKey().arena.work().fetching()));
    }
    if (more > 0) {
      sent.add(new JobEvent(JobEventKind.LEFT_OUT, null, null, 0, 0, null, more));
    }
    if (hasTotals) {
      sent.add(left());
    }
    for (JobEvent event : sent) {
      events.tell(event);
    }
  }

  private JobEvent left() throws RealizeException {
    long files = 0;
    long bytes = 0;
    for (WatchedArena watched : arenas.keySet()) {
      SyncFigures figures = watched.arena.work().figures();
      files += figures.files();
      bytes += figures.bytes();
    }
    return new JobEvent(JobEventKind.LEFT, null, null, bytes, 0, null, files);
  }
}
