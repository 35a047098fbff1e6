package org.realize.nima.daemon;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.RootProbe;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.RealWatcher;
import org.realize.sync.index.RequestedIndex;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.view.RootRules;

/**
 * The watch and index of one root, as the mount asks and notifies it. It begins with the arena, or,
 * where the root is private and was never written, with the first write: until then nothing of it
 * is known, watched or in doubt. Thread-safe.
 */
final class WatchedRoot implements RootRules, RootIndex, AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final Real root;
  private final LocalDisk disk;
  private final Indexer indexer;
  private final RequestedIndex index;
  private final RealWatcher watcher;
  private final TimeSource time;

  /** Set once, guarded by this; read by any thread. */
  private volatile boolean isBegun;

  /** Guarded by this, as the next two. */
  private @Nullable Supplier<EngineLoop> work;

  private @Nullable EngineLoop loop;
  private boolean isClosed;

  /** The root of an arena, which has not begun. */
  WatchedRoot(
      Real root,
      LocalDisk disk,
      Indexer indexer,
      RequestedIndex index,
      RealWatcher watcher,
      TimeSource time) {
    this.root = root;
    this.disk = disk;
    this.indexer = indexer;
    this.index = index;
    this.watcher = watcher;
    this.time = time;
  }

  RealWatcher watcher() {
    return watcher;
  }

  @Override
  public boolean isBegun() {
    return isBegun;
  }

  /** Begins without waiting. */
  synchronized void start() {
    if (!isBegun && !isClosed) {
      if (root.isPrivate() && !disk.isReleased()) {
        root.probed(RootProbe.probeOrFull(disk.root()));
      }
      watcher.start();
      isBegun = true;
      loop = work == null ? null : work.get();
    }
  }

  /** Has a loop started once the root has begun, which ends with this. */
  synchronized void onBegin(Supplier<EngineLoop> late) {
    work = late;
    if (isBegun && !isClosed) {
      loop = late.get();
    }
  }

  /** Ends the loop; a root that has not begun never does. */
  @Override
  public void close() {
    EngineLoop ending;
    synchronized (this) {
      isClosed = true;
      ending = loop;
      loop = null;
    }
    if (ending != null) {
      ending.close();
    }
  }

  /** True if nothing is on the disk, or it was looked at as a whole in this life. */
  boolean isKnown() {
    return !isBegun || watcher.isScanned();
  }

  /** As {@link #isKnown}, of a root that something is about to be moved into: begins it. */
  boolean isReady() {
    start();
    return watcher.isScanned();
  }

  @Override
  public void begin() throws RealizeException {
    start();
    long deadline = time.monotonicNanos() + LONGEST.toNanos();
    try {
      while (!watcher.isScanned() && time.monotonicNanos() - deadline < 0) {
        time.sleep(POLL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("begin the root of " + index, Errno.EINTR);
    }
  }

  // ---- names, as the mount asks

  @Override
  public boolean isDoubtful(RelativePath path) {
    return !isBegun || indexer.isDoubtful(path);
  }

  @Override
  public void opened(RelativePath path) {
    watcher.opened(path);
  }

  @Override
  public void changed(RelativePath path) {
    watcher.changed(path);
  }

  @Override
  public void removed(RelativePath path) {
    watcher.removed(path);
  }

  // ---- the index, as jobs ask

  @Override
  public void check(RelativePath path) throws RealizeException {
    if (isBegun) {
      index.check(path);
    }
  }

  @Override
  public Set<RelativePath> certain(Collection<RelativePath> paths) throws RealizeException {
    return isBegun ? index.certain(paths) : Set.copyOf(paths);
  }

  @Override
  public boolean ignores(RelativePath path) throws RealizeException {
    return index.ignores(path);
  }

  @Override
  public NameRule ignoring() {
    return index.ignoring();
  }

  @Override
  public boolean isPerishable(RelativePath path, boolean isDirectory) {
    return index.isPerishable(path, isDirectory);
  }

  @Override
  public void request(RelativePath path) {
    if (isBegun) {
      watcher.request(path);
    }
  }
}
