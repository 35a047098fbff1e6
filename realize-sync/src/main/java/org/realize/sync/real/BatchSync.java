package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sync of the many files and directories of one batch. A sync of the whole file system costs
 * what all programs have not written yet, one of each file its own flush: by place the faster one
 * is used, as measured, and the other one measured again now and then. A few are always forced
 * each. btrfs is worse at that by far, and of file systems that are not known only that is certain.
 * Thread-safe.
 */
final class BatchSync {
  private static final Logger LOG = LoggerFactory.getLogger(BatchSync.class);

  /** File systems without a disk: tmpfs, ramfs. */
  private static final Set<Long> IN_MEMORY = Set.of(0x01021994L, 0x858458f6L);

  private static final long BTRFS = 0x9123683EL;

  /** File systems whose sync makes all that was written durable: ext4, xfs, f2fs, overlayfs. */
  private static final Set<Long> MEASURED = Set.of(0xEF53L, 0x58465342L, 0xF2F52010L, 0x794C7630L);

  private static final int THREADS = 16;

  /** Fewer are forced one after the other, by this thread. */
  private static final int MIN_PARALLEL = 8;

  /** Batches between two measurements of the slower way. */
  private static final int MEASURED_AGAIN = 50;

  private final Disk disk;
  private final TimeSource time;

  /** By place, of data and of names. */
  private final Map<RelativePath, Measured> data = new ConcurrentHashMap<>();

  private final Map<RelativePath, Measured> names = new ConcurrentHashMap<>();

  BatchSync(Disk disk, TimeSource time) {
    this.disk = disk;
    this.time = time;
  }

  /** The last costs of either way: of the whole, and of each item; guarded by its monitor. */
  private static final class Measured {
    private double wholeNanos;
    private double eachNanos = Double.MAX_VALUE;
    private int since;

    synchronized boolean isWhole(int count) {
      boolean isDue = ++since % MEASURED_AGAIN == 0;
      return isDue != wholeNanos <= eachNanos * count;
    }

    synchronized void took(boolean isWhole, double nanos, int count) {
      if (isWhole) {
        wholeNanos = nanos;
      } else {
        eachNanos = nanos / count;
      }
      if (eachNanos == Double.MAX_VALUE) {
        since = Math.max(since, MEASURED_AGAIN - 2); // the other way soon
      }
    }
  }

  /** Names of one place that are to be durable. */
  static final class Unforced {
    private final Set<RelativePath> files = new LinkedHashSet<>();
    private final Set<RelativePath> directories = new LinkedHashSet<>();
    private final Set<RelativePath> links = new LinkedHashSet<>();

    /** A file with its attributes. */
    void addFile(RelativePath file) {
      files.add(file);
    }

    /** A directory with its attributes and the names in it. */
    void addDirectory(RelativePath directory) {
      directories.add(directory);
    }

    /** Something that no descriptor forces with all its attributes. */
    void addLink(RelativePath link) {
      links.add(link);
    }

    void add(Unforced other) {
      files.addAll(other.files);
      directories.addAll(other.directories);
      links.addAll(other.links);
    }

    Set<RelativePath> names() {
      Set<RelativePath> names = new LinkedHashSet<>(files);
      names.addAll(directories);
      names.addAll(links);
      return names;
    }
  }

  /**
   * Forces; what is not there needs none.
   *
   * @return the failures, by the names that are not durable
   */
  Map<RelativePath, IOException> force(RelativePath place, Unforced unforced) {
    int count = unforced.names().size();
    Map<RelativePath, IOException> failures = new ConcurrentHashMap<>();
    if (count == 0) {
      return failures;
    }
    try {
      long type = disk.fileSystemType(place);
      boolean needsWhole = !unforced.links.isEmpty() || type == BTRFS;
      boolean isMeasured = MEASURED.contains(type) && !needsWhole && count >= MIN_PARALLEL;
      Measured costs =
          (unforced.files.isEmpty() ? names : data).computeIfAbsent(place, _ -> new Measured());
      boolean isWhole = needsWhole || (isMeasured && costs.isWhole(count));
      long start = time.monotonicNanos();
      if (isWhole) {
        disk.forceFileSystem(place);
      } else if (!IN_MEMORY.contains(type)) {
        forceEach(unforced, failures);
        if (failures.values().stream().anyMatch(AccessDeniedException.class::isInstance)) {
          disk.forceFileSystem(place); // of a file that not even its owner may read
          failures.values().removeIf(AccessDeniedException.class::isInstance);
        }
      }
      if (isMeasured) {
        costs.took(isWhole, (double) (time.monotonicNanos() - start), count);
      }
    } catch (IOException e) {
      unforced.names().forEach(name -> failures.put(name, e));
    }
    return failures;
  }

  private void forceEach(Unforced unforced, Map<RelativePath, IOException> failures) {
    List<Runnable> all = new ArrayList<>();
    unforced.files.forEach(
        each -> all.add(() -> force(each, () -> disk.forceFile(each), failures)));
    unforced.directories.forEach(
        each -> all.add(() -> force(each, () -> disk.forceDirectory(each), failures)));
    if (all.size() < MIN_PARALLEL) {
      all.forEach(Runnable::run);
      return;
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> futures = new ArrayList<>();
      all.forEach(each -> futures.add(threads.submit(each)));
      join(futures);
    }
  }

  private static void join(Collection<Future<?>> futures) {
    boolean isInterrupted = false;
    for (Future<?> future : futures) {
      while (!future.isDone() || future.state() == Future.State.FAILED) {
        try {
          future.get();
        } catch (InterruptedException e) {
          isInterrupted = true; // what is begun is made durable
        } catch (ExecutionException bug) {
          throw new IllegalStateException(bug.getCause());
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One call of the disk. */
  private interface Forcing {
    void run() throws IOException;
  }

  private static void force(
      RelativePath name, Forcing forcing, Map<RelativePath, IOException> failures) {
    try {
      forcing.run();
    } catch (NoSuchFileException | NotDirectoryException removed) {
      LOG.debug("'{}' is not there", name);
    } catch (IOException e) {
      failures.put(name, e);
    }
  }
}
