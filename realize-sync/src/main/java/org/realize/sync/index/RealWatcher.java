package org.realize.sync.index;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.ChangeSource.Hint;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch of one root: it keeps the index in step with the disk while the daemon runs. One thread
 * takes the hints of the change source, as they come, into the {@link Debounce}; the other owns the
 * {@link Indexer}: it scans the root at the start and from time to time, and observes names that
 * have become quiet, paused subtrees, and directories that cannot be watched.
 */
public final class RealWatcher implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RealWatcher.class);

  /** The longest wait for a hint; a close ends it. */
  private static final Duration TAKE = Duration.ofSeconds(5);

  /** After hints the next ones are gathered for so long: a file that is made has several. */
  private static final Duration GATHER = Duration.ofMillis(10);

  /** How often the hashes of large files are asked for. */
  private static final Duration HASHED = Duration.ofMillis(500);

  /**
   * Both names of a rename are looked at together, although their hints come one after the other.
   */
  private static final Duration TOGETHER = Duration.ofMillis(200);

  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** A look at the whole root, of large files too, takes its time. */
  private static final Duration PATIENCE = Duration.ofHours(2);

  /**
   * The periods of the watch.
   *
   * @param quiet a name is looked at once nothing has touched it for so long
   * @param stands a new name, a removal or a rename is looked at once it has stood for so long, so
   *     that a save in several steps arrives as one change
   * @param atMost it is looked at after so long in any case
   * @param retry how often paused subtrees, and a scan that failed, are tried again, and it is seen
   *     to it that the root and its places are the ones that were indexed
   * @param rescan how often directories that are not watched are looked at
   * @param whole how often the whole root is scanned: writes through a memory map, and those of
   *     other machines to a network file system, give no hint
   */
  public record Timing(
      Duration quiet,
      Duration stands,
      Duration atMost,
      Duration retry,
      Duration rescan,
      Duration whole) {

    /** As long as a household's files need; {@code quiet} is the arena's own setting. */
    public static Timing of(Duration quiet) {
      return new Timing(
          quiet,
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofHours(1));
    }
  }

  private final ArenaName arena;
  private final Indexer indexer;
  private final ChangeSource changes;
  private final TimeSource time;
  private final Timing timing;
  private final Loop hintLoop;
  private final Loop indexLoop;
  private final Thread hintThread;
  private final Thread indexThread;
  private final List<HintListener> listeners = new CopyOnWriteArrayList<>();

  /** Large files under way; set by the index thread. */
  private volatile int hashing;

  /** The number of the last hints of which all is indexed; of the index thread. */
  private long settled;

  /** Guards the fields below it. */
  private final Object lock = new Object();

  private final Debounce debounce;
  private final Set<RelativePath> unwatched = new TreeSet<>();
  private @Nullable String unwatchedCause;
  private boolean closed;

  /** The number of the last hints. */
  private long hinted;

  /** True until the whole root was looked at, and during every look. */
  private boolean isLooking = true;

  /** The index thread waits, until {@link #wakesAt}. */
  private boolean isWaiting;

  private long wakesAt;

  private volatile boolean isScanned;
  private volatile boolean isScanning;

  /** Starts with {@link #start}; owns {@code changes} and closes it. */
  public RealWatcher(
      ArenaName arena,
      Indexer indexer,
      ChangeSource changes,
      TimeSource time,
      Timing timing,
      Loops loops) {
    this.arena = arena;
    this.indexer = indexer;
    this.changes = changes;
    this.time = time;
    this.timing = timing;
    hintLoop = loops.of("watch of " + arena, PATIENCE);
    indexLoop = loops.of("index of " + arena, PATIENCE);
    debounce = new Debounce(timing.quiet(), timing.atMost());
    hintThread =
        Thread.ofPlatform()
            .name("realize-hints-" + arena)
            .daemon()
            .unstarted(() -> hintLoop.run(this::takeHints));
    indexThread =
        Thread.ofPlatform().name("realize-index-" + arena).daemon().unstarted(this::index);
  }

  public void start() {
    hintThread.start();
    indexThread.start();
  }

  /** Adds a listener, before {@link #start}. */
  public void addListener(HintListener listener) {
    listeners.add(listener);
  }

  /** Has {@code path} looked at as if it had just been touched. */
  public void touch(RelativePath path) {
    synchronized (lock) {
      debounce.touched(path, time.monotonicNanos());
      wakeIfDue();
    }
  }

  /**
   * Has {@code path} looked at soon; one that is about to be looked at waits no longer for that.
   */
  public void request(RelativePath path) {
    synchronized (lock) {
      if (!debounce.isTouched(path)) {
        debounce.touched(path, time.monotonicNanos());
        wakeIfDue();
      }
    }
  }

  /**
   * Notes that a program has a file open for writing through the mount: it is not looked at before
   * {@link #changed}, or the longest that a look may wait.
   */
  public void opened(RelativePath path) {
    synchronized (lock) {
      debounce.opened(path, time.monotonicNanos());
    }
  }

  /**
   * Has a name looked at that a program has changed through the mount, and has closed: at once
   * where the name is known, else when it has stood for a while.
   */
  public void changed(RelativePath path) {
    settled(path, indexer.isIndexed(path) ? Duration.ZERO : timing.stands());
  }

  /** Has a name looked at that a program has removed through the mount, when that has stood. */
  public void removed(RelativePath path) {
    settled(path, timing.stands());
  }

  private void settled(RelativePath path, Duration wait) {
    synchronized (lock) {
      debounce.settled(path, time.monotonicNanos(), wait);
      wakeIfDue();
    }
  }

  /** Wakes the index thread if a path is due before it wakes by itself: not for each change. */
  private void wakeIfDue() {
    long now = time.monotonicNanos();
    Optional<Duration> due = isWaiting ? debounce.untilDue(now) : Optional.empty();
    if (due.isPresent() && now + due.get().toNanos() - wakesAt < 0) {
      lock.notifyAll();
    }
  }

  /** True if nothing is known to have changed that is not indexed. */
  public boolean isIdle() {
    synchronized (lock) {
      return !isLooking && hashing == 0 && debounce.untilDue(time.monotonicNanos()).isEmpty();
    }
  }

  /**
   * The state of the index.
   *
   * @param isIdle nothing is known to have changed that is not indexed
   * @param isScanning the whole root is being looked at
   * @param isFirst the root was never looked at as a whole before
   * @param files that the scan has looked at
   * @param hashing large files whose hashes are under way
   */
  public record IndexProgress(
      boolean isIdle, boolean isScanning, boolean isFirst, long files, int hashing) {}

  /** The state of the index now. */
  public IndexProgress progress() {
    return new IndexProgress(
        isIdle(), isScanning || !isScanned, !indexer.scanned(), indexer.files(), hashing);
  }

  /** True once the whole root was looked at since the start, whatever came of it. */
  public boolean isScanned() {
    return isScanned;
  }

  private boolean takeHints() throws InterruptedException {
    List<Hint> taken = changes.take(TAKE);
    if (!taken.isEmpty()) {
      noteAll(taken);
      gather();
    }
    return !isClosed();
  }

  private void gather() throws InterruptedException {
    long until = time.monotonicNanos() + GATHER.toNanos();
    synchronized (lock) {
      while (!closed && until - time.monotonicNanos() > 0) {
        lock.wait(GATHER.toMillis());
      }
    }
  }

  /** Takes hints but for those at what the mount has left, which it has told already. */
  private void noteAll(List<Hint> hints) {
    List<Hint> taken = hints.stream().filter(hint -> !isOwn(hint)).toList();
    if (taken.isEmpty()) {
      return;
    }
    Set<RelativePath> unknown = unknown(taken);
    Set<RelativePath> touched = new TreeSet<>();
    long number;
    synchronized (lock) {
      number = ++hinted;
      long now = time.monotonicNanos();
      for (Hint change : taken) {
        switch (change) {
          case Hint.Touched(RelativePath path) -> {
            touched.add(path);
            debounce.touched(path, now, unknown.contains(path) ? timing.stands() : Duration.ZERO);
          }
          case Hint.Removed(RelativePath path) -> {
            touched.add(path);
            debounce.touched(path, now, timing.stands());
          }
          case Hint.Lost lost -> debounce.touched(lost.directory(), now);
          case Hint.Unwatched left -> {
            if (unwatched.add(left.directory())) {
              unwatchedCause = left.cause();
            }
          }
        }
      }
      wakeIfDue();
    }
    if (!touched.isEmpty()) {
      listeners.forEach(listener -> listener.touched(touched, number));
    }
  }

  private boolean isOwn(Hint hint) {
    RelativePath path =
        switch (hint) {
          case Hint.Touched(RelativePath touched) -> touched;
          case Hint.Removed(RelativePath removed) -> removed;
          case Hint.Lost _, Hint.Unwatched _ -> null;
        };
    return path != null && listeners.stream().anyMatch(listener -> listener.isOwn(path));
  }

  /** Touched names that are new, where that makes a difference. */
  private Set<RelativePath> unknown(List<Hint> taken) {
    Set<RelativePath> unknown = new TreeSet<>();
    if (timing.stands().compareTo(timing.quiet()) > 0) {
      for (Hint change : taken) {
        if (change instanceof Hint.Touched(RelativePath path) && !indexer.isIndexed(path)) {
          unknown.add(path);
        }
      }
    }
    return unknown;
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  private void index() {
    Agenda agenda = new Agenda(time.monotonicNanos(), timing);
    indexLoop.run(() -> indexDue(agenda));
  }

  /** The times of what is done from time to time; of the index thread. */
  private static final class Agenda {
    private Set<RelativePath> paused = Set.of();
    private @Nullable String told;
    private long wholeAt;
    private long rescanAt;
    private long retryAt;

    Agenda(long now, Timing timing) {
      wholeAt = now;
      rescanAt = now + timing.rescan().toNanos();
      retryAt = now + timing.retry().toNanos();
    }
  }

  /** Waits for what is due and looks at it; false once closed. */
  private boolean indexDue(Agenda agenda) throws RealizeException, InterruptedException {
    long timed = Math.min(agenda.wholeAt, agenda.rescanAt);
    long hashedAt = hashing > 0 ? time.monotonicNanos() + HASHED.toNanos() : timed;
    long until = Math.min(hashedAt, Math.min(timed, agenda.retryAt));
    indexLoop.waits(Duration.ofNanos(Math.max(0, until - time.monotonicNanos())));
    Optional<Debounce.Due> next = next(until);
    if (next.isEmpty()) {
      return false;
    }
    indexLoop.works();
    Set<RelativePath> paths = next.get().paths();
    long now = time.monotonicNanos();
    if (now - agenda.wholeAt >= 0) {
      paths.add(RelativePath.ROOT);
      agenda.wholeAt = now + timing.whole().toNanos();
    }
    if (now - agenda.rescanAt >= 0) {
      paths.addAll(takeUnwatched());
      agenda.rescanAt = now + timing.rescan().toNanos();
    }
    boolean isRetried = now - agenda.retryAt >= 0;
    if (isRetried) {
      paths.addAll(agenda.paused);
      agenda.retryAt = now + timing.retry().toNanos();
    }
    if (isRetried || !paths.isEmpty() || hashing > 0) {
      agenda.paused = look(paths, next.get().restless());
    }
    agenda.told = tell(agenda.told);
    return true;
  }

  /** Waits for paths that are due, at most until {@code deadlineNanos}; empty once closed. */
  private Optional<Debounce.Due> next(long deadlineNanos) throws InterruptedException {
    long number;
    synchronized (lock) {
      boolean isSettled = hashing == 0 && debounce.untilDue(time.monotonicNanos()).isEmpty();
      number = isSettled ? hinted : settled;
    }
    if (number > settled) {
      settled = number;
      listeners.forEach(listener -> listener.indexed(number));
    }
    synchronized (lock) {
      while (!closed) {
        long now = time.monotonicNanos();
        Debounce.Due due = debounce.due(now);
        if (!due.paths().isEmpty()) {
          Debounce.Due soon = debounce.due(now + TOGETHER.toNanos());
          due.paths().addAll(soon.paths());
          due.restless().addAll(soon.restless());
        }
        if (!due.paths().isEmpty() || now - deadlineNanos >= 0) {
          isLooking = true;
          return Optional.of(due);
        }
        isLooking = false;
        long wait = deadlineNanos - now;
        Optional<Duration> quiet = debounce.untilDue(now);
        if (quiet.isPresent()) {
          wait = Math.min(wait, quiet.get().toNanos());
        }
        wakesAt = now + wait;
        isWaiting = true;
        lock.wait(wait / 1_000_000 + 1);
        isWaiting = false;
      }
      return Optional.empty();
    }
  }

  /** The directories to scan because they are not watched; those that still fail come back. */
  private Set<RelativePath> takeUnwatched() {
    synchronized (lock) {
      Set<RelativePath> taken = new TreeSet<>(unwatched);
      unwatched.clear();
      unwatchedCause = null;
      return taken;
    }
  }

  /** The subtrees that are paused after a look at {@code paths}. */
  private Set<RelativePath> look(Set<RelativePath> paths, Set<RelativePath> restless)
      throws RealizeException, InterruptedException {
    isScanning = paths.contains(RelativePath.ROOT);
    try {
      long start = time.monotonicNanos();
      Indexer.IndexOutcome outcome = indexer.look(paths, restless);
      outcome.again().forEach(this::touch);
      hashing = outcome.hashing();
      if (paths.contains(RelativePath.ROOT)) {
        long millis = (time.monotonicNanos() - start) / 1_000_000;
        LOG.info("scanned {} in {} ms: {} changes", arena, millis, outcome.changes());
      }
      isScanned |= paths.contains(RelativePath.ROOT);
      return outcome.paused();
    } catch (RuntimeException bug) {
      LOG.error("looking at {} paths of {}", paths.size(), arena, bug);
      isScanned |= isScanning;
      return paths;
    } catch (RealizeException | Error broken) {
      paths.forEach(this::touch);
      throw broken;
    } finally {
      isScanning = false;
    }
  }

  /** Says which directories are not watched, when that changed; returns what was said. */
  private @Nullable String tell(@Nullable String before) throws RealizeException {
    String now;
    synchronized (lock) {
      now =
          unwatched.isEmpty()
              ? null
              : unwatched.size()
                  + " directories are not watched but looked at every "
                  + timing.rescan().toMinutes()
                  + " min ("
                  + unwatchedCause
                  + "), the first is '"
                  + unwatched.iterator().next()
                  + "'";
    }
    if (!java.util.Objects.equals(now, before)) {
      indexer.unwatched(now);
    }
    return now;
  }

  /** Ends both threads; a file that is being hashed is given up. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    indexer.cancel();
    changes.close();
    boolean interrupted = false;
    for (Thread thread : List.of(hintThread, indexThread)) {
      try {
        if (thread.isAlive() && !thread.join(CLOSE)) {
          LOG.warn("{} has not ended within {} s", thread.getName(), CLOSE.toSeconds());
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
