package org.realize.sync.branch;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.ContentOpener;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.posix.Errno;
import org.realize.sync.rate.Backoff;
import org.realize.sync.real.OwnDirectories;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The branches of one root: one at most for each path. Each is filled in from its first close on,
 * or {@value #FIRST_SECONDS} s after it began, and takes its name once it is whole. No job changes
 * a path meanwhile. Those that an earlier life left are found again. One of another store is listed
 * and left as it is.
 *
 * <p>Thread-safe; {@link #step} is for one thread.
 */
public final class Branches implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Branches.class);

  private static final String DIRECTORY = "branch";
  private static final long FIRST_SECONDS = 5;
  private static final Duration FIRST = Duration.ofSeconds(FIRST_SECONDS);
  private static final Duration IDLE = Duration.ofHours(1);

  /** The wait for programs that read, which come first. */
  private static final Duration READS = Duration.ofMillis(20);

  private static final int MAX_READS = 50;
  private static final int PART_BYTES = 1 << 20;
  private static final Backoff RETRY =
      Backoff.between(Duration.ofMillis(500), Duration.ofSeconds(30));

  /** A mark that a store has from the first branch on; one that was lost has another or none. */
  private static final Rows<String> STORE =
      Rows.of("branch.store", 1, RowEncoder::putText, RowDecoder::getText);

  /** A branch on its way to its name. */
  private static final class OpenBranch {
    final Branch branch;

    /** Held by who fills it in, or gives it its name. */
    final ReentrantLock turn = new ReentrantLock();

    volatile long dueNanos;

    /** Guarded by {@link #turn}, as the next ones. */
    Backoff retry = RETRY;

    boolean isListed;

    /** Held while it gets its name, or loses it. */
    final ReentrantLock naming = new ReentrantLock();

    /** Guarded by {@link #naming}, as the next one: no job changes the path. */
    boolean isHeld;

    /** Another file is getting its name. */
    boolean isReplaced;

    OpenBranch(Branch branch, long dueNanos) {
      this.branch = branch;
      this.dueNanos = dueNanos;
    }
  }

  private final Real real;
  private final Disk disk;
  private final ArenaStore store;
  private final BranchSource source;
  private final TimeSource time;
  private final String boot;
  private final AtomicLong numbers;
  private final Map<RelativePath, OpenBranch> open = new ConcurrentHashMap<>();

  /** Their files, also of those without a name: none of an earlier life. */
  private final Set<RelativePath> files = ConcurrentHashMap.newKeySet();

  /** Places where those of an earlier life were looked for; guarded by itself. */
  private final Set<RelativePath> found = new HashSet<>();

  /** A branch was begun in this life. */
  private volatile boolean hasBegun;

  private volatile boolean isClosed;
  private volatile @Nullable BranchEnd end;
  private volatile Runnable wake = () -> {};

  /**
   * The branches of a root.
   *
   * @param opener of the contents of bases
   * @param boot the start of the machine: another one after each
   */
  public Branches(Real real, ArenaStore store, ContentOpener opener, TimeSource time, String boot) {
    this.real = real;
    this.disk = real.disk();
    this.store = store;
    this.source = new BranchSource(store, opener);
    this.time = time;
    this.boot = boot;
    this.numbers = new AtomicLong(time.unixMillis() * 1_000);
  }

  /** Finds what an earlier life left; from now on branches take their names through {@code end}. */
  public void attach(BranchEnd taker) throws RealizeException {
    end = taker;
    findAll();
  }

  /** Has {@code waking} called when {@link #step} is due earlier than it said. */
  public void onDue(Runnable waking) {
    wake = waking;
  }

  // ---- which there are

  /** The branch that {@code path} shows; null for none. */
  public @Nullable Branch at(RelativePath path) {
    OpenBranch found = open.isEmpty() ? null : open.get(path);
    return found == null ? null : found.branch;
  }

  /** The branches at and below a path. */
  public List<Branch> below(RelativePath path) {
    return open.values().stream()
        .map(each -> each.branch)
        .filter(branch -> path.contains(branch.path()))
        .toList();
  }

  /** The names in a directory that show branches. */
  public List<String> namesIn(RelativePath directory) {
    return open.keySet().stream()
        .filter(path -> OwnDirectories.parent(path).equals(directory))
        .map(RelativePath::name)
        .toList();
  }

  /**
   * Begins a branch, or returns the one that there is. Waits for no peer.
   *
   * @param mode the permission bits that the file has then
   */
  public Branch create(RelativePath path, Version base, int mode) throws RealizeException {
    Branch known = at(path);
    if (known != null) {
      return known;
    }
    try {
      Branch made = make(path, base, mode);
      OpenBranch other = put(made, FIRST);
      if (other != null) {
        made.close();
        made.delete();
        return other.branch;
      }
      return made;
    } catch (IOException e) {
      throw Disk.failure("branch '" + path + "'", e);
    }
  }

  private Branch make(RelativePath path, Version base, int mode)
      throws RealizeException, IOException {
    if (isClosed) {
      throw new CallFailed("branch '" + path + "': its arena was closed", Errno.EIO);
    }
    hasBegun = true;
    RelativePath place = Places.holding(disk, path);
    BranchRecord.Began began =
        new BranchRecord.Began(new BranchOrigin(path, base, mark()), life(place));
    RelativePath file = directory(place).child(Long.toString(numbers.getAndIncrement()));
    files.add(file);
    BranchFile made = BranchFile.create(disk, file, began, mode);
    return new Branch(made, began, new BranchState(began.origin().content().sizeBytes()), source);
  }

  /**
   * Begins a branch of a file that has lost its name. The caller uses it, and releases what it gets
   * once.
   */
  public Branch createNameless(RelativePath path, Version base, int mode) throws RealizeException {
    try {
      Branch made = make(path, base, mode);
      boolean ignored = made.use();
      made.nameless();
      return made;
    } catch (IOException e) {
      throw Disk.failure("branch '" + path + "'", e);
    }
  }

  /**
   * The life of the page cache of a place, in which what is written is there for all: another one
   * after each start of the machine and each mount, since a disk that is pulled out loses what it
   * was not given yet.
   */
  private String life(RelativePath place) throws IOException {
    return boot + "/" + disk.stat(place).map(FileStat::mount).orElse(0L);
  }

  private static RelativePath directory(RelativePath place) {
    return OwnDirectories.of(place, DIRECTORY);
  }

  /** The mark of the store, made once. */
  private String mark() throws RealizeException {
    Optional<String> known = store.read(reader -> reader.row(STORE));
    if (known.isPresent()) {
      return known.get();
    }
    String made = "%s-%d".formatted(store.arena(), numbers.getAndIncrement());
    String mark =
        store.write(writer -> {
          Optional<String> other = writer.row(STORE);
          if (other.isEmpty()) {
            writer.putRow(STORE, made);
          }
          return other.orElse(made);
        });
    store.force();
    return mark;
  }

  private @Nullable OpenBranch put(Branch branch, Duration wait) {
    OpenBranch added = new OpenBranch(branch, time.monotonicNanos() + wait.toNanos());
    boolean ignored = branch.use(); // the register's own
    OpenBranch other = open.putIfAbsent(branch.path(), added);
    if (other == null) {
      added.naming.lock();
      try {
        added.isHeld = real.apply().hold(branch.path());
      } finally {
        added.naming.unlock();
      }
      wake.run();
    }
    return other;
  }

  /** A user of the branch has closed it: it is filled in at once. */
  public void closed(Branch branch) {
    OpenBranch found = open.get(branch.path());
    if (found != null && found.branch == branch) {
      found.dueNanos = Math.min(found.dueNanos, time.monotonicNanos());
      wake.run();
    }
  }

  /** The end of a use; the last one of a branch without a name has it put into the trash. */
  public void release(Branch branch) {
    if (!branch.unuse()) {
      return;
    }
    branch.close();
    if (branch.isNameless() && !branch.isTaken()) {
      discard(branch);
    }
  }

  private void discard(Branch branch) {
    try {
      real.trash().adopt(branch.file(), branch.path());
      branch.deleteJournal();
    } catch (IOException e) {
      LOG.warn("the branch of '{}' is not in the trash yet: {}", branch.path(), IoCause.of(e));
    }
  }

  /**
   * A file with this stat is about to get the name of a branch, which does not take it until the
   * branch {@link #leave}s or {@link #stays}.
   */
  public void replacing(Branch branch, FileStat stat) throws RealizeException {
    OpenBranch found = find(branch);
    found.naming.lock();
    try {
      if (branch.isTaken()) {
        throw stale(branch);
      }
      branch.replacedBy(stat);
      found.isReplaced = true;
      unhold(found);
    } finally {
      found.naming.unlock();
    }
  }

  /** No other file has got its name after all. */
  public void stays(Branch branch) {
    OpenBranch found = open.get(branch.path());
    if (found != null && found.branch == branch) {
      found.naming.lock();
      try {
        found.isReplaced = false;
      } finally {
        found.naming.unlock();
      }
    }
  }

  /**
   * The name of a branch was removed, or is another file's: it is reached by its users alone.
   * ESTALE if it has taken that name.
   */
  public void leave(Branch branch) throws RealizeException {
    OpenBranch found = find(branch);
    found.naming.lock();
    try {
      if (branch.isTaken()) {
        throw stale(branch);
      }
      branch.nameless();
    } finally {
      found.naming.unlock();
    }
    end(found);
  }

  private OpenBranch find(Branch branch) throws RealizeException {
    OpenBranch found = open.get(branch.path());
    if (found == null || found.branch != branch) {
      throw stale(branch);
    }
    return found;
  }

  private static CallFailed stale(Branch branch) {
    return new CallFailed("'" + branch.path() + "' is no branch any more", Errno.ESTALE);
  }

  /** What is in the way of a branch goes by the protocol that the path is held from. */
  private void unhold(OpenBranch held) {
    if (held.isHeld) {
      real.apply().release(held.branch.path());
      held.isHeld = false;
    }
  }

  private void end(OpenBranch ended) throws RealizeException {
    RelativePath path = ended.branch.path();
    if (!open.remove(path, ended)) {
      return; // another thread was faster
    }
    ended.naming.lock();
    try {
      unhold(ended);
    } finally {
      ended.naming.unlock();
    }
    try {
      if (ended.isListed) {
        store.write(writer -> {
          writer.removeFinding(key(path));
        });
      }
    } finally {
      release(ended.branch);
    }
  }

  // ---- those of an earlier life

  private void findAll() throws RealizeException {
    for (RelativePath place : store.<List<RelativePath>>read(Places::certain)) {
      synchronized (found) {
        if (found.contains(place)) {
          continue;
        }
      }
      if (findAll(place)) {
        synchronized (found) {
          found.add(place);
        }
      }
    }
  }

  /** True if all in a place were found; false to look again, as its file system may come. */
  private boolean findAll(RelativePath place) {
    RelativePath directory = directory(place);
    try {
      boolean isWhole = true;
      if (disk.stat(directory).isPresent()) {
        for (String name : disk.list(directory).names()) {
          isWhole &= found(directory, name);
        }
      }
      return isWhole && disk.stat(OwnDirectories.parent(directory)).isPresent();
    } catch (IOException e) {
      LOG.warn("look for branches in '{}': {}", place, IoCause.of(e));
      return false;
    }
  }

  /** One that cannot be read keeps none of the others from being found. */
  private boolean found(RelativePath directory, String name) {
    try {
      if (BranchFile.isJournal(name)) {
        find(directory.child(name));
      }
      if (!hasBegun) {
        BranchFile.clear(disk, directory, name);
      }
      return true;
    } catch (IOException | RealizeException e) {
      LOG.warn("look at branch '{}': {}", directory.child(name), e.toString());
      return false;
    } catch (RuntimeException unreadable) { // of another layout: it stays, and is not tried again
      LOG.warn("branch '{}' is not known", directory.child(name), unreadable);
      return true;
    }
  }

  private void find(RelativePath journal) throws RealizeException, IOException {
    RelativePath file = BranchFile.ofJournal(journal);
    if (!files.add(file)) {
      return;
    }
    Optional<BranchFile.LeftBranch> left;
    try {
      left = BranchFile.open(disk, file, life(OwnDirectories.parent(file)));
    } catch (IOException e) {
      files.remove(file); // it is tried again
      throw e;
    }
    if (left.isEmpty()) {
      LOG.info("'{}' tells of no branch", journal);
      return;
    }
    BranchFile.LeftBranch each = left.get();
    Branch branch = new Branch(each.files(), each.began(), each.state(), source);
    Optional<String> mark = store.read(reader -> reader.row(STORE));
    if (mark.filter(each.began().origin().store()::equals).isEmpty()) {
      branch.close();
      list(branch.path(), "what was written to it, under another store, is in '" + file + "'");
      return;
    }
    if (each.isNameless()) {
      branch.close();
      discard(branch);
      return;
    }
    Optional<PathState> known = store.read(reader -> reader.path(branch.path()));
    if (known.isPresent() && each.isUnchanged(known.get().metadata().mode())) {
      branch.close(); // killed in the first write: whole, it would be a version that nobody made
      branch.delete();
      return;
    }
    LOG.info("'{}' was being written to, and is completed", branch.path());
    if (put(branch, Duration.ZERO) != null) {
      branch.close();
      list(branch.path(), "what was written to it before is in '" + file + "'");
    }
  }

  private void list(RelativePath path, String cause) throws RealizeException {
    LOG.warn("'{}': {}", path, cause);
    Finding finding = key(path).found(cause, time.unixMillis());
    store.write(writer -> {
      writer.putFinding(finding);
    });
  }

  private static Finding.Key key(RelativePath path) {
    return Finding.Key.of(Finding.FindingKind.FAILED, Finding.Part.BRANCH, path);
  }

  // ---- completing

  /**
   * Does a part of what is due for each branch.
   *
   * @return the time until more is due, unless it is woken
   */
  public Duration step() throws RealizeException, InterruptedException {
    findAll();
    long next = IDLE.toNanos();
    for (OpenBranch each : open.values()) {
      long wait = each.dueNanos - time.monotonicNanos();
      if (wait <= 0) {
        wait = step(each).toNanos();
        each.dueNanos = time.monotonicNanos() + wait;
      }
      next = Math.min(next, wait);
    }
    return Duration.ofNanos(Math.max(0, next));
  }

  private Duration step(OpenBranch each) throws RealizeException, InterruptedException {
    if (!each.turn.tryLock()) {
      return RETRY.first();
    }
    try {
      for (int i = 0; i < MAX_READS && each.branch.isRead(); i++) {
        time.sleep(READS);
      }
      boolean isTaken = advance(each);
      each.retry = RETRY;
      return isTaken ? IDLE : Duration.ZERO;
    } catch (RealizeException e) {
      each.retry = each.retry.afterFailure();
      if (!each.isListed && each.retry.failures() > 1) {
        list(each.branch.path(), "it is incomplete: " + e.oneLine());
        each.isListed = true;
      }
      return each.retry.delay();
    } finally {
      each.turn.unlock();
    }
  }

  /** Completes a branch, and returns once it has its name, or none. Waits for peers. */
  public void complete(Branch branch) throws RealizeException, InterruptedException {
    OpenBranch found = open.get(branch.path());
    boolean isEnded = false;
    while (found != null && found.branch == branch && !isEnded) {
      found.turn.lockInterruptibly();
      try {
        isEnded = advance(found);
      } finally {
        found.turn.unlock();
      }
    }
  }

  /** True once it has ended: with its name, or without one. */
  private boolean advance(OpenBranch each) throws RealizeException, InterruptedException {
    Branch branch = each.branch;
    if (open.get(branch.path()) != each) {
      return true; // another thread has ended it
    }
    if (!branch.isTaken() && !branch.isNameless()) {
      if (!branch.fillIn(PART_BYTES)) {
        return false;
      }
      branch.force();
      take(each);
    }
    if (branch.isTaken()) {
      branch.force();
      try {
        branch.deleteJournal();
      } catch (IOException e) {
        throw Disk.failure("end the branch of '" + branch.path() + "'", e);
      }
      end(each);
    }
    return true;
  }

  private void take(OpenBranch each) throws RealizeException {
    Branch branch = each.branch;
    each.naming.lock();
    try {
      if (branch.isNameless()) {
        return;
      }
      unhold(each);
      BranchEnd taker = Objects.requireNonNull(end);
      if (each.isReplaced || !taker.take(branch)) {
        throw new CallFailed("'" + branch.path() + "' is to be indexed first", Errno.EBUSY);
      }
      branch.taken();
      taker.taken(branch);
    } finally {
      if (!each.isHeld && !branch.isTaken() && !branch.isNameless()) {
        each.isHeld = real.apply().hold(branch.path());
      }
      each.naming.unlock();
    }
  }

  /** Makes durable what was written, as well as it can be: the disk may be put elsewhere now. */
  public void force() {
    open.values().forEach(each -> force(each.branch));
  }

  private static void force(Branch branch) {
    try {
      branch.force();
    } catch (RealizeException e) {
      LOG.warn("what was written to '{}' may not be durable: {}", branch.path(), e.oneLine());
    }
  }

  /**
   * Ends all use: a program that has a branch open can read what is in it, and write no more. What
   * was written is durable then, so that all of it counts when the disk is mounted again.
   */
  @Override
  public void close() {
    isClosed = true;
    for (OpenBranch each : List.copyOf(open.values())) {
      if (open.remove(each.branch.path(), each)) {
        force(each.branch);
        each.branch.stop();
        release(each.branch);
      }
    }
  }
}
