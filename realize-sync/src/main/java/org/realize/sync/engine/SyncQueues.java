package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.CommitListener;
import org.realize.sync.port.TimeSource;

/**
 * The paths of one arena that may have work to do, by what they wait for: all of them at the start,
 * and each that a commit changes. Nothing of it is stored, since the work of a path follows from
 * its state; a walk over the arena finds what was not done when the process died.
 *
 * <p>Each queue has at most {@value #MAX_PATHS} paths; beyond that the arena is walked again, at
 * once, when the queues are empty, or, for what waits, when a peer connects and after an hour.
 * Thread-safe.
 */
final class SyncQueues implements CommitListener {

  static final int MAX_PATHS = 100_000;

  private static final Duration SETTLES = Duration.ofSeconds(1);
  private static final Duration SETTLES_AT_LAST = Duration.ofSeconds(10);

  /**
   * A part of a walk over the paths at and below a directory.
   *
   * @param after the last path that was walked
   */
  record TreePage(RelativePath top, RelativePath after) {

    /** True if all paths at and below the top come before {@code path}. */
    boolean isOver(RelativePath path) {
      return !path.toString().startsWith(top.toString());
    }
  }

  /** A path that failed. */
  private record Retry(RelativePath path, long dueNanos, Duration delay) {}

  private final TimeSource time;
  private final Runnable wake;

  /** Guarded by this, as all fields below. */
  private final NavigableSet<RelativePath> dirty = new TreeSet<>();

  /** Tops of trees that are to be walked; none lies below another. */
  private final NavigableSet<RelativePath> trees = new TreeSet<>();

  private Optional<TreePage> walk = Optional.empty();
  private RelativePath lastTaken = RelativePath.ROOT;
  private final SequencedSet<RelativePath> large = new LinkedHashSet<>();
  private final NavigableSet<RelativePath> fetches = new TreeSet<>();
  private final NavigableSet<RelativePath> copies = new TreeSet<>();
  private final NavigableSet<RelativePath> last = new TreeSet<>();

  /** When the last of both came, and when the first since they were empty. */
  private long lastLeft;

  private long firstLeft;
  private final NavigableSet<RelativePath> orphans = new TreeSet<>();
  private final NavigableSet<RelativePath> roomless = new TreeSet<>();
  private final NavigableSet<RelativePath> unrealized = new TreeSet<>();
  private final Set<RelativePath> waiting = new HashSet<>();
  private final Map<RelativePath, Retry> retries = new HashMap<>();

  /** Paths that are worked on, by batch. */
  private final Set<List<RelativePath>> underWay =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** Work was found for which a queue had no room. */
  private boolean hasMore;

  /**
   * Work was found that waits, and for which there was no room; the arena is walked at that time.
   */
  private boolean hasMoreBlocked;

  private long blockedNanos;

  /** Those of {@link #retries} that wait, and some that do not any more. */
  private final PriorityQueue<Retry> byTime =
      new PriorityQueue<>(Comparator.comparingLong(Retry::dueNanos));

  /**
   * The whole arena, to be walked.
   *
   * @param wake called whenever there is more to do, from any thread; must return at once
   */
  SyncQueues(TimeSource time, Runnable wake) {
    this.time = time;
    this.wake = wake;
    trees.add(RelativePath.ROOT);
  }

  @Override
  public void committed(CommittedChanges changes) {
    if (!changes.paths().isEmpty() || !changes.marked().isEmpty()) {
      changes.marked().forEach(this::addTree);
      add(changes.paths());
    }
  }

  // ---- dirty paths

  /** Adds paths that may have work. */
  void add(Collection<RelativePath> paths) {
    synchronized (this) {
      dirty.addAll(paths);
      if (dirty.size() > MAX_PATHS) {
        dirty.clear();
        addTree(RelativePath.ROOT);
      }
    }
    wake.run();
  }

  /** A piece of work on some paths. */
  interface PathsWork {
    void run(List<RelativePath> paths) throws RealizeException, InterruptedException;
  }

  /** Works on paths that were taken, which stay to be done if that fails; false for none. */
  boolean whole(List<RelativePath> taken, PathsWork work)
      throws RealizeException, InterruptedException {
    if (taken.isEmpty()) {
      return false;
    }
    boolean isDone = false;
    try {
      work.run(taken);
      isDone = true;
    } finally {
      ended(taken, isDone);
    }
    return true;
  }

  private synchronized void ended(List<RelativePath> taken, boolean isDone) {
    underWay.remove(taken);
    if (!isDone) {
      putBack(taken);
    }
  }

  /** Puts back what was taken and not done, without waking anybody. */
  synchronized void putBack(Collection<RelativePath> paths) {
    dirty.addAll(paths);
  }

  /** Adds a path and all below it, to be walked. */
  synchronized void addTree(RelativePath top) {
    if (trees.stream().noneMatch(tree -> tree.contains(top))) {
      trees.removeIf(top::contains);
      trees.add(top);
    }
  }

  /** Takes the next dirty paths, in path order, beginning again after the last one. */
  synchronized List<RelativePath> takeDirty(int max) {
    List<RelativePath> taken = takeFirst(dirty.tailSet(lastTaken, false), max);
    taken = taken.isEmpty() ? takeFirst(dirty, max) : taken;
    lastTaken = taken.isEmpty() ? lastTaken : taken.getLast();
    return begin(taken);
  }

  private static List<RelativePath> takeFirst(NavigableSet<RelativePath> from, int max) {
    List<RelativePath> taken = new ArrayList<>();
    while (taken.size() < max && !from.isEmpty()) {
      taken.add(from.removeFirst());
    }
    return taken;
  }

  private List<RelativePath> begin(List<RelativePath> taken) {
    if (!taken.isEmpty()) {
      underWay.add(taken);
    }
    return taken;
  }

  /** The next page to walk; empty when no tree is left. */
  synchronized Optional<TreePage> page() {
    boolean isDrained =
        Stream.of(large, fetches, copies, last, roomless).allMatch(Collection::isEmpty);
    if (hasMore && isDrained && walk.isEmpty() && trees.isEmpty()) {
      hasMore = false;
      trees.add(RelativePath.ROOT);
    }
    if (walk.isEmpty() && !trees.isEmpty()) {
      RelativePath top = trees.removeFirst();
      walk = Optional.of(new TreePage(top, top));
    }
    return walk;
  }

  /** Notes how far the walk of the page's tree has come; empty for its end. */
  synchronized void walked(TreePage page, Optional<RelativePath> last) {
    walk = last.map(path -> new TreePage(page.top(), path));
  }

  // ---- paths that are left for later

  /** Adds a path to those that are worked on; where they are too many, a later walk finds it. */
  private void keep(Collection<RelativePath> queue, RelativePath path) {
    if (queue.size() < MAX_PATHS) {
      queue.add(path);
    } else {
      hasMore = true;
    }
  }

  /** As {@link #keep}, to those that can not be worked on now. */
  private void keepBlocked(Collection<RelativePath> queue, RelativePath path) {
    if (queue.size() < MAX_PATHS) {
      queue.add(path);
    } else {
      walksBlocked();
    }
  }

  private void walksBlocked() {
    if (!hasMoreBlocked) {
      hasMoreBlocked = true;
      blockedNanos = time.monotonicNanos() + Engine.LAST_RETRY.toNanos();
    }
  }

  /** Leaves a path whose content is to be fetched whole to the job that does what takes long. */
  void addFetch(RelativePath path) {
    synchronized (this) {
      keep(fetches, path);
    }
    wake.run();
  }

  synchronized List<RelativePath> takeFetches(int max) {
    return begin(takeFirst(fetches, max));
  }

  /** Leaves a path with a large file to that job. */
  void addLarge(RelativePath path) {
    synchronized (this) {
      keep(large, path);
    }
    wake.run();
  }

  synchronized List<RelativePath> takeLarge() {
    return large.isEmpty() ? List.of() : begin(List.of(large.removeFirst()));
  }

  /** Leaves a path until nothing is dirty: a name that has its bytes may be about to go. */
  synchronized void addCopy(RelativePath path) {
    left();
    keep(copies, path);
  }

  synchronized List<RelativePath> takeCopies(int max) {
    return begin(takeFirst(copies, max));
  }

  /** Leaves a path until nothing else is to be done. */
  synchronized void addLast(RelativePath path) {
    left();
    keep(last, path);
  }

  /** As {@link #addLast}, for a directory that may be empty now. */
  synchronized void addEmptied(RelativePath directory) {
    keep(last, directory);
  }

  private void left() {
    lastLeft = time.monotonicNanos();
    firstLeft = copies.isEmpty() && last.isEmpty() ? lastLeft : firstLeft;
  }

  /**
   * The time until what is left for later may be done: the other halves of renames, which come in
   * commits of their own, have a second to arrive.
   */
  synchronized Duration untilSettled() {
    if (copies.isEmpty() && last.isEmpty()) {
      return Duration.ofHours(1);
    }
    long due = Math.min(lastLeft + SETTLES.toNanos(), firstLeft + SETTLES_AT_LAST.toNanos());
    return Duration.ofNanos(Math.max(0, due - time.monotonicNanos()));
  }

  /** Those of {@link #addLast}, the last path first: children come before their directory. */
  synchronized List<RelativePath> takeLast(int max) {
    return begin(takeFirst(last.descendingSet(), max));
  }

  /** Forgets what {@link #addLast} left at a directory and below it, which is gone as a whole. */
  synchronized void forgetLast(RelativePath directory) {
    NavigableSet<RelativePath> after = last.tailSet(directory, true);
    while (!after.isEmpty() && after.first().toString().startsWith(directory.toString())) {
      RelativePath first = after.first();
      if (directory.contains(first)) {
        after.remove(first);
      } else {
        after = last.tailSet(first, false);
      }
    }
  }

  /** Leaves a path until the directory above it is there. */
  synchronized void addOrphan(RelativePath path) {
    keepBlocked(orphans, path);
  }

  /** Makes dirty what waited for {@code directory}. */
  void adopt(RelativePath directory) {
    List<RelativePath> below = new ArrayList<>();
    synchronized (this) {
      for (RelativePath path : orphans.tailSet(directory, false)) {
        if (directory.contains(path)) {
          below.add(path);
        } else if (!path.toString().startsWith(directory.toString())) {
          break;
        }
      }
      below.forEach(orphans::remove);
    }
    if (!below.isEmpty()) {
      add(below);
    }
  }

  /** Leaves a path that is to be made until the pause after a full disk is over. */
  synchronized void addRoomless(RelativePath path) {
    keep(roomless, path);
  }

  /** Makes dirty what waits for room on the root's disk. */
  synchronized void tryForRoom() {
    dirty.addAll(roomless);
    roomless.clear();
  }

  /** Leaves a path until a peer connects, or its state changes. */
  synchronized void await(RelativePath path) {
    keepBlocked(waiting, path);
  }

  /** Leaves a real file to the job that gives it up. */
  void addUnrealized(RelativePath path) {
    synchronized (this) {
      keep(unrealized, path);
    }
    wake.run();
  }

  synchronized List<RelativePath> takeUnrealized(int max) {
    return takeFirst(unrealized, max);
  }

  /** Has the whole arena walked again. */
  void walkAgain() {
    addTree(RelativePath.ROOT);
    wake.run();
  }

  /** Makes dirty those of {@code paths} that wait for a peer. */
  void connected(Collection<RelativePath> paths) {
    List<RelativePath> again = new ArrayList<>();
    synchronized (this) {
      paths.stream().filter(waiting::remove).forEach(again::add);
      blockedNanos = time.monotonicNanos();
    }
    add(again);
  }

  /** Retries a path after 15 s, then after twice as long each time, up to an hour. */
  synchronized void retry(RelativePath path) {
    Retry before = retries.get(path);
    Duration delay = before == null ? Engine.FIRST_RETRY : before.delay().multipliedBy(2);
    retry(path, delay.compareTo(Engine.LAST_RETRY) < 0 ? delay : Engine.LAST_RETRY);
  }

  /** Retries a path after {@code delay}. */
  synchronized void retry(RelativePath path, Duration delay) {
    Retry retry = new Retry(path, time.monotonicNanos() + delay.toNanos(), delay);
    if (retries.size() >= MAX_PATHS && !retries.containsKey(path)) {
      walksBlocked();
      return;
    }
    retries.put(path, retry);
    byTime.add(retry);
  }

  /** True if a path has failed more than once and is not due: a change of it comes too early. */
  synchronized boolean isRetriedLater(RelativePath path) {
    Retry retry = retries.get(path);
    return retry != null
        && retry.delay().compareTo(Engine.FIRST_RETRY) > 0
        && retry.dueNanos() - time.monotonicNanos() > 0;
  }

  /** Makes the paths dirty whose retry is due; returns the time until the next. */
  Optional<Duration> retryDue() {
    long now = time.monotonicNanos();
    List<RelativePath> due = new ArrayList<>();
    Optional<Duration> next = Optional.empty();
    synchronized (this) {
      if (hasMoreBlocked && blockedNanos - now <= 0) {
        hasMoreBlocked = false;
        addTree(RelativePath.ROOT);
      }
      while (next.isEmpty() && !byTime.isEmpty()) {
        Retry first = byTime.peek();
        if (!first.equals(retries.get(first.path()))) {
          byTime.remove();
        } else if (first.dueNanos() - now <= 0) {
          byTime.remove();
          due.add(first.path());
        } else {
          next = Optional.of(Duration.ofNanos(first.dueNanos() - now));
        }
      }
      dirty.addAll(due);
    }
    return next;
  }

  /** Makes dirty what failed or waits for a peer, of the paths that {@code wanted} takes. */
  void retryNow(Predicate<RelativePath> wanted) {
    List<RelativePath> again = new ArrayList<>();
    synchronized (this) {
      retries.keySet().stream().filter(wanted).forEach(again::add);
      waiting.stream().filter(wanted).forEach(again::add);
      again.forEach(retries::remove);
      again.forEach(waiting::remove);
    }
    add(again);
  }

  /** A path needs nothing, for now. */
  synchronized void settle(RelativePath path) {
    retries.remove(path);
    waiting.remove(path);
  }

  // ---- figures

  /** Paths that are worked on, at most {@code max}. */
  synchronized List<RelativePath> underWay(int max) {
    return underWay.stream().flatMap(List::stream).limit(max).toList();
  }

  /** Paths that may have work now, those that are worked on too, at most {@code max}. */
  synchronized Set<RelativePath> atWork(int max) {
    Set<RelativePath> paths = new LinkedHashSet<>(underWay(max));
    for (Collection<RelativePath> queue : counted()) {
      queue.stream().limit(max - paths.size()).forEach(paths::add);
    }
    return paths;
  }

  private List<Collection<RelativePath>> counted() {
    return List.of(dirty, large, fetches, copies, last, orphans, roomless);
  }

  /**
   * Some of the paths that may have work now.
   *
   * @param count of all of them; one that is changed while it is worked on counts twice
   * @param isAll true if all were chosen
   */
  record AtWork(Set<RelativePath> chosen, int count, boolean isAll) {}

  /** At most {@code max} of the paths of {@link #atWork}, evenly chosen. */
  synchronized AtWork chosenAtWork(int max) {
    List<Collection<RelativePath>> queues = new ArrayList<>(underWay);
    queues.addAll(counted());
    int count = queues.stream().mapToInt(Collection::size).sum();
    int step = Math.max(1, Math.ceilDiv(count, max));
    Set<RelativePath> chosen = new LinkedHashSet<>();
    int at = 0;
    for (Collection<RelativePath> queue : queues) {
      for (RelativePath path : queue) {
        if (at++ % step == 0) {
          chosen.add(path);
        }
      }
    }
    return new AtWork(chosen, count, step == 1);
  }

  /** Paths that wait for a peer, at most {@code max}. */
  synchronized List<RelativePath> waiting(int max) {
    return waiting.stream().limit(max).toList();
  }

  /** The number of paths that wait for a peer. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** True while trees are to be walked. */
  synchronized boolean isWalking() {
    return walk.isPresent() || !trees.isEmpty();
  }
}
