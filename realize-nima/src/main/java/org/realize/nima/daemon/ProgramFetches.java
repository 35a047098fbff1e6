package org.realize.nima.daemon;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.ReadingPrograms;
import org.realize.nima.config.ByteSize;
import org.realize.nima.config.FetchSettings;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.control.ProgramFetch;
import org.realize.nima.observe.EventRing;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The account of what programs have fetched by reading in the mount: the {@value #MAX_FILES} files
 * that were fetched from last, and what each of {@value #MAX_PROGRAMS} programs took within the
 * hour. Crawlers are not admitted. Kept in memory since the daemon's start. Thread-safe; its
 * monitor is innermost.
 */
final class ProgramFetches implements ReadingPrograms {

  static final int MAX_FILES = 1_000;
  static final int MAX_PROGRAMS = 256;

  private static final Logger LOG = LoggerFactory.getLogger(ProgramFetches.class);
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  /** The shortest time between two events of one program's fetches. */
  private static final long NOTED_MILLIS = Duration.ofMinutes(1).toMillis();

  private final FetchSettings settings;
  private final List<Pattern> crawlers;
  private final PathNames paths;
  private final Path processes;
  private final TimeSource time;
  private final EventRing events;

  /** By program and path, the one that was fetched from last at the end; guarded by this. */
  private final Map<FetchedFile, ProgramFetch> files =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FetchedFile, ProgramFetch> eldest) {
          return size() > MAX_FILES;
        }
      };

  /** By program; guarded by this. */
  private final Map<String, HourlyBytes> hours =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, HourlyBytes> eldest) {
          return size() > MAX_PROGRAMS;
        }
      };

  /** The paths of inodes in the mount. */
  @FunctionalInterface
  interface PathNames {
    String of(Inode inode) throws RealizeException;
  }

  private record FetchedFile(String program, String path) {}

  /**
   * The bytes that a program took within an hour.
   *
   * @param notedMillis the time of the last event of its fetches
   */
  private record HourlyBytes(long hour, long bytes, long notedMillis) {}

  /**
   * An empty account.
   *
   * @param processes {@code /proc}
   * @param events of a program's fetches, one a minute at most
   */
  ProgramFetches(
      FetchSettings settings, PathNames paths, Path processes, TimeSource time, EventRing events) {
    this.events = events;
    this.settings = settings;
    this.crawlers = settings.crawlers().stream().map(ProgramNames::pattern).toList();
    this.paths = paths;
    this.processes = processes;
    this.time = time;
  }

  @Override
  public @Nullable String admit(int thread) {
    ProgramNames program = ProgramNames.of(processes, thread);
    if (program.matches(crawlers)) {
      LOG.debug("nothing is fetched for {}", program.command());
      return null;
    }
    return program.command();
  }

  @Override
  public void fetched(String program, Inode inode, long bytes) {
    String path;
    try {
      path = paths.of(inode);
    } catch (RealizeException gone) {
      path = "(removed)";
    }
    if (note(program, path, bytes)) {
      LOG.warn("{}", line(program, bytesOf(program)));
    }
    if (isEventDue(program)) {
      String text = "%s reads files in the mount that are not here: '%s'".formatted(program, path);
      events.add(new Occurrence(EventKind.PROGRAM, EventState.HAPPENED, null, null, null, text));
    }
  }

  private synchronized boolean isEventDue(String program) {
    HourlyBytes hourly = hours.get(program);
    long now = time.unixMillis();
    if (hourly == null || Math.abs(now - hourly.notedMillis()) < NOTED_MILLIS) {
      return false;
    }
    hours.put(program, new HourlyBytes(hourly.hour(), hourly.bytes(), now));
    return true;
  }

  /** Returns true if the program's budget of this hour was used up by this. */
  private synchronized boolean note(String program, String path, long bytes) {
    Instant now = Instant.ofEpochMilli(time.unixMillis());
    files.merge(
        new FetchedFile(program, path),
        new ProgramFetch(program, path, bytes, 1, now, now),
        (before, one) ->
            new ProgramFetch(
                program, path, before.bytes() + bytes, before.reads() + 1, before.first(), now));
    long before = bytesOf(program);
    HourlyBytes last = hours.get(program);
    long noted = last == null ? Long.MIN_VALUE / 2 : last.notedMillis();
    hours.put(program, new HourlyBytes(hour(), before + bytes, noted));
    return !isOver(before) && isOver(before + bytes);
  }

  private long hour() {
    return time.unixMillis() / HOUR_MILLIS;
  }

  private synchronized long bytesOf(String program) {
    HourlyBytes hourly = hours.get(program);
    return hourly == null || hourly.hour() != hour() ? 0 : hourly.bytes();
  }

  private boolean isOver(long bytes) {
    return settings.budget().isPresent() && bytes > settings.budget().get().bytes();
  }

  private String line(String program, long bytes) {
    String budget = settings.budget().map(ByteSize::toString).orElse("");
    return "%s has read %s in the mount this hour that were not here, more than %s; see 'realize events --programs'"
        .formatted(program, new ByteSize(bytes), budget);
  }

  /** The programs that are over their budget in this hour, a line each. */
  synchronized List<String> overBudget() {
    List<String> lines = new ArrayList<>();
    hours.forEach((program, hourly) -> {
      if (hourly.hour() == hour() && isOver(hourly.bytes())) {
        lines.add(line(program, hourly.bytes()));
      }
    });
    return lines;
  }

  /** The files that were fetched from last, the last one at the end. */
  synchronized List<ProgramFetch> files() {
    return List.copyOf(files.values());
  }
}
