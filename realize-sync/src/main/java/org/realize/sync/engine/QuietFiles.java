package org.realize.sync.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FileStat;

/**
 * The real files that are to be given up, a bounded number of them: those that were unchanged for
 * the longest time. Where there are more, a walk over the arena notes the next ones once these were
 * given up, or passed over since too few peers keep them. For one thread.
 */
final class QuietFiles {

  /**
   * A file that is to be given up.
   *
   * @param refusedBy the peers that were known to have it when too few promised to keep it; null
   *     for one that was not refused
   */
  record QuietFile(FileStat stat, long dueNanos, @Nullable Set<StoreId> refusedBy) {
    boolean isRefused() {
      return refusedBy != null;
    }
  }

  /** The place of a file in the order, the longest unchanged first. */
  private record Age(FileTime mtime, RelativePath path) implements Comparable<Age> {
    private static final Comparator<Age> ORDER =
        Comparator.<Age>comparingLong(age -> age.mtime().seconds())
            .thenComparingInt(age -> age.mtime().nanos())
            .thenComparing(Age::path);

    static Age of(RelativePath path, QuietFile file) {
      return new Age(file.stat().mtime(), path);
    }

    @Override
    public int compareTo(Age other) {
      return ORDER.compare(this, other);
    }
  }

  private final int max;
  private final Map<RelativePath, QuietFile> files = new HashMap<>();
  private final NavigableSet<Age> byAge = new TreeSet<>();

  /** The last of those that were passed over; they and older ones are not noted. */
  private @Nullable Age passed;

  private boolean hasMore;

  QuietFiles(int max) {
    this.max = max;
  }

  @Nullable QuietFile get(RelativePath path) {
    return files.get(path);
  }

  /** Notes a file, maybe again, instead of a younger one if there are too many. */
  void put(RelativePath path, QuietFile file) {
    remove(path);
    Age age = Age.of(path, file);
    if (passed != null && age.compareTo(passed) <= 0) {
      return;
    }
    if (files.size() == max) {
      hasMore = true;
      if (byAge.last().compareTo(age) < 0) {
        return;
      }
      remove(byAge.last().path());
    }
    files.put(path, file);
    byAge.add(age);
  }

  @Nullable QuietFile remove(RelativePath path) {
    QuietFile file = files.remove(path);
    if (file != null) {
      byAge.remove(Age.of(path, file));
    }
    return file;
  }

  /** Changes files, but for their stats. */
  void replaceAll(UnaryOperator<QuietFile> change) {
    files.replaceAll((_, file) -> change.apply(file));
  }

  boolean isEmpty() {
    return files.isEmpty();
  }

  /** True if too few peers keep any of them. */
  boolean isAllRefused() {
    return files.values().stream().allMatch(QuietFile::isRefused);
  }

  /** True if a walk would find files that were not noted. */
  boolean hasMore() {
    return hasMore;
  }

  /** True if files were passed over since {@link #beginAgain}. */
  boolean isPassing() {
    return passed != null;
  }

  /** Passes over all that are noted: the next walk notes younger ones. */
  void passOver() {
    if (!byAge.isEmpty()) {
      passed = byAge.last();
    }
    files.clear();
    byAge.clear();
    hasMore = false;
  }

  /** Has the next walk note what was passed over. */
  void beginAgain() {
    passed = null;
  }

  /**
   * Those that are due at a time, the longest unchanged first, of {@code bytes} but for the last
   * one.
   */
  List<RelativePath> due(long nowNanos, long bytes, int most) {
    List<RelativePath> due = new ArrayList<>();
    long left = bytes;
    for (Age age : byAge) {
      if (left <= 0 || due.size() == most) {
        break;
      }
      QuietFile file = files.get(age.path());
      if (file != null && file.dueNanos() - nowNanos <= 0) {
        due.add(age.path());
        left -= file.stat().sizeBytes();
      }
    }
    return due;
  }

  /** The time until the next one is due, 0 if one is; empty for none. */
  Optional<Long> nanosUntilDue(long nowNanos) {
    return files.values().stream()
        .map(file -> Math.max(0, file.dueNanos() - nowNanos))
        .min(Comparator.naturalOrder());
  }
}
