package org.realize.sync.view;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * The stats that the mount's own calls left on the disk, at the {@value #MAX_PATHS} paths that were
 * changed last: a hint of the disk that finds just this tells nothing that the kernel does not
 * know. Thread-safe; its monitor is innermost.
 */
final class OwnEffects {

  private static final int MAX_PATHS = 1 << 14;

  /** A stat, or null for nothing. */
  private record LeftStat(@Nullable FileStat stat) {}

  private final RootRules rules;

  /** Guarded by this. */
  private final Map<RelativePath, LeftStat> left =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<RelativePath, LeftStat> eldest) {
          return size() > MAX_PATHS;
        }
      };

  /** The calls that are under way at a path. */
  private static final class PathCalls {
    int count;

    /** The disk was found changed meanwhile. */
    boolean isTouched;

    boolean isLeft;
  }

  /** Guarded by this. */
  private final Map<RelativePath, PathCalls> underWay = new HashMap<>();

  OwnEffects(RootRules rules) {
    this.rules = rules;
  }

  /** A call of a program that changes paths of the disk; it is closed after {@link #left}. */
  final class OwnCall implements AutoCloseable {
    private final List<RelativePath> paths;

    private OwnCall(List<RelativePath> paths) {
      this.paths = paths;
    }

    @Override
    public void close() {
      paths.forEach(OwnEffects.this::end);
    }
  }

  /** Begins a call: until it is closed, what is found changed at its paths is its own effect. */
  OwnCall begin(RelativePath... paths) {
    synchronized (this) {
      for (RelativePath path : paths) {
        underWay.computeIfAbsent(path, _ -> new PathCalls()).count++;
      }
    }
    return new OwnCall(List.of(paths));
  }

  private void end(RelativePath path) {
    boolean isOthers;
    synchronized (this) {
      PathCalls calls = underWay.get(path);
      isOthers = calls != null && calls.isTouched && !calls.isLeft;
      if (calls != null && --calls.count == 0) {
        underWay.remove(path);
      }
    }
    if (isOthers) {
      rules.changed(path); // the call failed, so it was another program's change
    }
  }

  /** True if a call is under way at a path at which the disk was found changed. */
  synchronized boolean isUnderWay(RelativePath path) {
    PathCalls calls = underWay.get(path);
    if (calls != null) {
      calls.isTouched = true;
    }
    return calls != null;
  }

  /** Notes what a call left at a path, and has it indexed. */
  void left(RelativePath path, @Nullable FileStat stat) {
    synchronized (this) {
      left.put(path, new LeftStat(stat));
      PathCalls calls = underWay.get(path);
      if (calls != null) {
        calls.isLeft = true;
      }
    }
    if (stat == null) {
      rules.removed(path);
    } else {
      rules.changed(path);
    }
  }

  /** Forgets a path that something else has changed. */
  synchronized void forget(RelativePath path) {
    left.remove(path);
  }

  /** True if {@code found} is what a call left at the path. */
  synchronized boolean isOwn(RelativePath path, @Nullable FileStat found) {
    LeftStat own = left.get(path);
    if (own == null) {
      return false;
    }
    FileStat stat = own.stat();
    if (stat == null || found == null) {
      return Objects.equals(stat, found);
    }
    boolean isDirectory = stat.kind() == FileStat.Kind.DIRECTORY;
    return stat.sameEntry(found) || (isDirectory && stat.sameInode(found));
  }
}
