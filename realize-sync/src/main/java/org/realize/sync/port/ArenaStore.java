package org.realize.sync.port;

import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * One arena's state. Readers see whole commits and never wait for a writer; one writer at a time. A
 * commit survives the death of the process once {@link #write} has returned, a power cut once
 * {@link #force} has returned after it. After a failure of the storage every call fails. On a full
 * disk reads go on, and {@link #write} fails with {@code DiskFull} after some seconds: then nothing
 * is committed, and later writes succeed once there is room.
 */
public interface ArenaStore {

  /** A computation over one consistent state. Must not block: no network, no disk, no waiting. */
  @FunctionalInterface
  interface Query<T extends @org.jspecify.annotations.Nullable Object> {
    T run(ArenaReader reader) throws RealizeException;
  }

  /** A change. Must not block; when it throws, nothing is committed. */
  @FunctionalInterface
  interface StoreChange<T extends @org.jspecify.annotations.Nullable Object> {
    T run(ArenaWriter writer) throws RealizeException;
  }

  /** A change without a result. Must not block; when it throws, nothing is committed. */
  @FunctionalInterface
  interface Effect {
    void run(ArenaWriter writer) throws RealizeException;
  }

  /** A change that one item of several makes. */
  @FunctionalInterface
  interface Step<E> {
    void run(ArenaWriter writer, E item) throws RealizeException;
  }

  ArenaName arena();

  <T extends @org.jspecify.annotations.Nullable Object> T read(Query<T> query)
      throws RealizeException;

  /** Runs {@code change} and commits it; returns when the commit survives the process. */
  <T extends @org.jspecify.annotations.Nullable Object> T write(StoreChange<T> change)
      throws RealizeException;

  /**
   * As {@link #write(StoreChange)}, for a small change after which room on the disk is given back:
   * it is committed on a full disk, too.
   */
  default <T extends @org.jspecify.annotations.Nullable Object> T free(StoreChange<T> change)
      throws RealizeException {
    return write(change);
  }

  /**
   * Runs {@code effect} and commits it, as {@link #write(StoreChange)}. The compiler chooses
   * between the two by the lambda's body; where that is an expression, the lambda states its
   * parameter's type.
   */
  @SuppressWarnings("overloads")
  default void write(Effect effect) throws RealizeException {
    this.<@org.jspecify.annotations.Nullable Object>write((ArenaWriter writer) -> {
      effect.run(writer);
      return null;
    });
  }

  /**
   * Runs {@code step} for each item in order, in commits of {@code perCommit} items each. When one
   * throws, the commits before it stand.
   */
  default <E> void writeEach(List<E> items, int perCommit, Step<? super E> step)
      throws RealizeException {
    for (int start = 0; start < items.size(); start += perCommit) {
      List<E> part = items.subList(start, Math.min(items.size(), start + perCommit));
      write((ArenaWriter writer) -> {
        for (E item : part) {
          step.run(writer, item);
        }
      });
    }
  }

  /** Waits until every commit that is visible now survives a power cut. */
  void force() throws StorageFailed;

  /**
   * Called after each commit that moved {@link ArenaReader#headSeq}, or changed the visible tree, a
   * path's state or a mark, on the committing thread, which must not be kept.
   */
  void addListener(CommitListener listener);
}
