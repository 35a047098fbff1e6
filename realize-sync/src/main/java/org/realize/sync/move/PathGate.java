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
  private record Use(ReadWriteLock lock, int users) {}

  /** A path in use, until it is closed. */
  interface Pass extends AutoCloseable {
    @Override
    void close();
  }

  private final ConcurrentMap<RelativePath, Use> uses = new ConcurrentHashMap<>();

  Pass shared(RelativePath path) {
    ReadWriteLock lock = enter(path);
    return pass(path, lock.readLock());
  }

  Pass alone(RelativePath path) {
    ReadWriteLock lock = enter(path);
    return pass(path, lock.writeLock());
  }

  private Pass pass(RelativePath path, Lock lock) {
    lock.lock();
    return () -> {
      lock.unlock();
      uses.computeIfPresent(path, (_, use) -> left(use));
    };
  }

  private ReadWriteLock enter(RelativePath path) {
    return uses.compute(path, (_, use) -> entered(use)).lock();
  }

  private static Use entered(@Nullable Use use) {
    return use == null
        ? new Use(new ReentrantReadWriteLock(), 1)
        : new Use(use.lock(), use.users() + 1);
  }

  private static @Nullable Use left(Use use) {
    return use.users() == 1 ? null : new Use(use.lock(), use.users() - 1);
  }
}
