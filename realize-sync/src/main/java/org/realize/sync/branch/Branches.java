package org.realize.sync.branch;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
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
 * The branches of one root, at most one for each path. A branch is a file that programs have
 * written to while its base, the version that they wrote over, is elsewhere ({@link Branch}). It is
 * filled in with the rest of its base from its first close on, or {@value #FIRST_SECONDS} s after
 * it began, and is renamed to its path once it is whole. No job changes the path meanwhile. The
 * branches that an earlier process left are recovered; one of another store is listed as a finding
 * and not changed.
 *
 * <p>Thread-safe; {@link #step} is for one thread. Locks, in this order: {@link OpenBranch#turn},
 * {@link OpenBranch#naming}.
 */
public final class Branches implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Branches.class);

  private static final String DIRECTORY = "branch";
  private static final long FIRST_SECONDS = 5;
  private static final Duration FIRST = Duration.ofSeconds(FIRST_SECONDS);
  private static final Duration IDLE = Duration.ofHours(1);

  /** The pause while programs read the branch, which come first. */
  private static final Duration READ_PAUSE = Duration.ofMillis(20);

  private static final int MAX_READ_PAUSES = 50;
  private static final int PART_BYTES = 1 << 20;
  private static final Backoff RETRY =
      Backoff.between(Duration.ofMillis(500), Duration.ofSeconds(30));

  /** The token of a store, from its first branch on; a store that was made anew has another. */
  private static final Rows<String> STORE =
      Rows.of("branch.store", 1, RowEncoder::putText, RowDecoder::getText);

  /** A branch that is not renamed to its path yet. */
  private static final class OpenBranch {
    final Branch branch;

    /** Held by the thread that fills it in and publishes it. */
    final ReentrantLock turn = new ReentrantLock();

    volatile long dueNanos;

    /** Guarded by {@link #turn}. */
    Backoff retry = RETRY;

    volatile boolean isListed;

    /** Held while its path is given to it, or to another file. */
    final ReentrantLock naming = new ReentrantLock();

    /** No job changes the path; guarded by {@link #naming}, as the next one. */
    boolean isHeld;

    /** Another file is about to be renamed to its path. */
    boolean isBeingReplaced;

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

  /** The files that this process has made or looked at, also of branches without a name. */
  private final Set<RelativePath> files = ConcurrentHashMap.newKeySet();

  /** Places whose branches of earlier processes are recovered; guarded by itself. */
  private final Set<RelativePath> recovered = new HashSet<>();

  /** A branch was begun by this process. */
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
    recoverAll();
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
      OpenBranch other = put(made, FIRST, false);
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
        new BranchRecord.Began(new BranchOrigin(path, base, storeToken()), cacheEpoch(place));
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
   * The epoch of a place's page cache: what was written in it can be read, durable or not. Another
   * one begins with each start of the machine and each mount, since a disk that is pulled out loses
   * what it was not given yet.
   */
  private String cacheEpoch(RelativePath place) throws IOException {
    return boot + "/" + disk.stat(place).map(FileStat::mount).orElse(0L);
  }

  private static RelativePath directory(RelativePath place) {
    return OwnDirectories.of(place, DIRECTORY);
  }

  /** The token of the store, made once. */
  private String storeToken() throws RealizeException {
    Optional<String> known = store.read(reader -> reader.row(STORE));
    if (known.isPresent()) {
      return known.get();
    }
    String made = "%s-%d".formatted(store.arena(), numbers.getAndIncrement());
    String token =
        store.write(writer -> {
          Optional<String> other = writer.row(STORE);
          if (other.isEmpty()) {
            writer.putRow(STORE, made);
          }
          return other.orElse(made);
        });
    store.force();
    return token;
  }

  /**
   * Adds a branch; returns the one that the path has, which stays, or null.
   *
   * @param mayBeListed an earlier process may have listed it
   */
  private @Nullable OpenBranch put(Branch branch, Duration wait, boolean mayBeListed) {
    OpenBranch added = new OpenBranch(branch, time.monotonicNanos() + wait.toNanos());
    added.isListed = mayBeListed;
    boolean ignored = branch.use(); // that of this map
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
      LOG.warn(
          "arena {}: the branch of '{}' is not in the trash yet: {}",
          store.arena(),
          branch.path(),
          IoCause.of(e));
    }
  }

  /**
   * Keeps a branch from being published, since a file with this stat is about to be renamed to its
   * path. {@link #leave} then ends the branch, {@link #stays} lets it go on.
   */
  public void replacing(Branch branch, FileStat stat) throws RealizeException {
    OpenBranch found = requireOpen(branch);
    found.naming.lock();
    try {
      if (branch.isTaken()) {
        throw stale(branch);
      }
      branch.replacedBy(stat);
      found.isBeingReplaced = true;
      unhold(found);
    } finally {
      found.naming.unlock();
    }
  }

  /** Lets a branch be published after all: no other file was renamed to its path. */
  public void stays(Branch branch) {
    OpenBranch found = open.get(branch.path());
    if (found != null && found.branch == branch) {
      found.naming.lock();
      try {
        found.isBeingReplaced = false;
      } finally {
        found.naming.unlock();
      }
    }
  }

  /**
   * Ends a branch whose name was removed, or is another file's: only programs that have it open
   * reach it. ESTALE if it was published or has ended before.
   */
  public void leave(Branch branch) throws RealizeException {
    OpenBranch found = requireOpen(branch);
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

  private OpenBranch requireOpen(Branch branch) throws RealizeException {
    OpenBranch found = open.get(branch.path());
    if (found == null || found.branch != branch) {
      throw stale(branch);
    }
    return found;
  }

  private static CallFailed stale(Branch branch) {
    return new CallFailed("'" + branch.path() + "' is no branch any more", Errno.ESTALE);
  }

  /** Lets jobs change the path again: they take away what is in the way of the branch. */
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
        unlist(path);
      }
    } finally {
      release(ended.branch);
    }
  }

  // ---- branches of earlier processes

  private void recoverAll() throws RealizeException {
    for (RelativePath place : store.<List<RelativePath>>read(Places::certain)) {
      synchronized (recovered) {
        if (recovered.contains(place)) {
          continue;
        }
      }
      if (recoverAll(place)) {
        synchronized (recovered) {
          recovered.add(place);
        }
      }
    }
  }

  /** True if all of a place are recovered; false to try again, as its file system may come. */
  private boolean recoverAll(RelativePath place) {
    RelativePath directory = directory(place);
    try {
      boolean isWhole = true;
      if (disk.stat(directory).isPresent()) {
        for (String name : disk.list(directory).names()) {
          isWhole &= recover(directory, name);
        }
      }
      return isWhole && disk.stat(OwnDirectories.parent(directory)).isPresent();
    } catch (NoSuchFileException e) {
      LOG.debug("arena {}: '{}' is not there: {}", store.arena(), place, IoCause.of(e)); // in doubt
      return false;
    } catch (IOException e) {
      LOG.warn("arena {}: look for branches in '{}': {}", store.arena(), place, IoCause.of(e));
      return false;
    }
  }

  /** False to try again. One that cannot be read does not stop the recovery of the others. */
  private boolean recover(RelativePath directory, String name) {
    try {
      if (BranchFile.isJournal(name)) {
        recover(directory.child(name));
      }
      if (!hasBegun) {
        BranchFile.clear(disk, directory, name);
      }
      return true;
    } catch (IOException | RealizeException e) {
      LOG.warn(
          "arena {}: look at branch '{}': {}",
          store.arena(),
          directory.child(name),
          RealizeException.describe(e, ""));
      return false;
    } catch (RuntimeException unreadable) { // of another layout: it stays, and is not tried again
      LOG.warn(
          "arena {}: branch '{}' is not known", store.arena(), directory.child(name), unreadable);
      return true;
    }
  }

  private void recover(RelativePath journal) throws RealizeException, IOException {
    RelativePath file = BranchFile.ofJournal(journal);
    if (!files.add(file)) {
      return;
    }
    Optional<BranchFile.LeftBranch> left;
    try {
      left = BranchFile.open(disk, file, cacheEpoch(OwnDirectories.parent(file)));
    } catch (IOException e) {
      files.remove(file); // it is tried again
      throw e;
    }
    if (left.isEmpty()) {
      LOG.info("arena {}: '{}' tells of no branch", store.arena(), journal);
      return;
    }
    BranchFile.LeftBranch each = left.get();
    Branch branch = new Branch(each.files(), each.began(), each.state(), source);
    Optional<String> token = store.read(reader -> reader.row(STORE));
    if (token.filter(each.began().origin().store()::equals).isEmpty()) {
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
      unlist(branch.path());
      return;
    }
    LOG.info("arena {}: '{}' was being written to, and is completed", store.arena(), branch.path());
    if (put(branch, Duration.ZERO, true) != null) {
      branch.close();
      list(branch.path(), "what was written to it before is in '" + file + "'");
    }
  }

  private void list(RelativePath path, String cause) throws RealizeException {
    LOG.warn("arena {}: '{}': {}", store.arena(), path, cause);
    Finding finding = key(path).toFinding(cause, time.unixMillis());
    store.write(writer -> {
      writer.putFinding(finding);
    });
  }

  private void unlist(RelativePath path) throws RealizeException {
    store.write(writer -> {
      writer.removeFinding(key(path));
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
    recoverAll();
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
      for (int i = 0; i < MAX_READ_PAUSES && each.branch.isRead(); i++) {
        time.sleep(READ_PAUSE);
      }
      boolean isTaken = advance(each);
      each.retry = RETRY;
      return isTaken ? IDLE : Duration.ZERO;
    } catch (RealizeException e) {
      each.retry = each.retry.afterFailure();
      if (!each.isListed && each.retry.failures() > 1) {
        list(each.branch.path(), "it is incomplete: " + e.oneLine());
        each.isListed = true;
        if (open.get(each.branch.path()) != each) {
          unlist(each.branch.path()); // it has ended meanwhile
        }
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

  /** True once it has ended, published or not. */
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
      publish(each);
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

  private void publish(OpenBranch each) throws RealizeException {
    Branch branch = each.branch;
    each.naming.lock();
    try {
      if (branch.isNameless()) {
        return;
      }
      unhold(each);
      BranchEnd publisher = Objects.requireNonNull(end);
      if (each.isBeingReplaced || !publisher.take(branch)) {
        throw new CallFailed("'" + branch.path() + "' is to be indexed first", Errno.EBUSY);
      }
      branch.taken();
      publisher.taken(branch);
    } finally {
      if (!each.isHeld && !branch.isTaken() && !branch.isNameless()) {
        each.isHeld = real.apply().hold(branch.path());
      }
      each.naming.unlock();
    }
  }

  /** Makes durable what was written to open branches, as far as it can be: for a clean unmount. */
  public void force() {
    open.values().forEach(each -> force(each.branch));
  }

  private void force(Branch branch) {
    try {
      branch.force();
    } catch (RealizeException e) {
      LOG.warn(
          "arena {}: what was written to '{}' may not be durable: {}",
          store.arena(),
          branch.path(),
          e.oneLine());
    }
  }

  /**
   * Stops writes to branches that have a name: a program that has one open can read what is in it,
   * and write no more. What was written to them is durable then, so that all of it counts when the
   * disk is mounted again.
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
