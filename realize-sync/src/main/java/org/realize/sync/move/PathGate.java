package org.realize.sync.move;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;

/**
 * The locks of partial files: many callers may write one, but none while it is finished. So a late
 * write of an abandoned call cannot change a file that was compared and finished. Thread-safe;
 * holds an entry only for paths in use.
 */
final class PathGate {

  /** The lock of a path and how many hold or want it. */
  private record PathUse(ReadWriteLock lock, int users) {}

  /** A path in use, until it is closed. */
  interface PathPass extends AutoCloseable {
    @Override
    void close();
  }

  private final ConcurrentMap<RelativePath, PathUse> uses = new ConcurrentHashMap<>();

  PathPass shared(RelativePath path) {
    ReadWriteLock lock = enter(path);
    return pass(path, lock.readLock());
  }

  PathPass alone(RelativePath path) {
    ReadWriteLock lock = enter(path);
    return pass(path, lock.writeLock());
  }

  private PathPass pass(RelativePath path, Lock lock) {
    lock.lock();
    return () -> {
      lock.unlock();
      uses.computeIfPresent(path, (_, use) -> left(use));
    };
  }

  private ReadWriteLock enter(RelativePath path) {
    return uses.compute(path, (_, use) -> entered(use)).lock();
  }

  private static PathUse entered(@Nullable PathUse use) {
    return use == null
        ? new PathUse(new ReentrantReadWriteLock(), 1)
        : new PathUse(use.lock(), use.users() + 1);
  }

  private static @Nullable PathUse left(PathUse use) {
    return use.users() == 1 ? null : new PathUse(use.lock(), use.users() - 1);
  }
}
