package org.realize.sync.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener;
import org.realize.sync.testing.MemoryArenaState.Row;

/**
 * The arena store on the heap. Commits since the last {@link #force} can be lost by {@link
 * #powerCut}; the death of the process loses none. Thread-safe.
 */
public final class MemoryArenaStore implements ArenaStore {

  /** Bound of the commits that a power cut may choose from; older ones count as forced. */
  private static final int MAX_UNFORCED = 256;

  private final ArenaName arena;
  private final MemoryGlobalStore global;
  private final ReentrantLock writer = new ReentrantLock();
  private final List<CommitListener> listeners = new CopyOnWriteArrayList<>();
  private volatile MemoryArenaState published;
  private volatile long root;
  private volatile boolean closed;
  // guarded by writer: the last forced state and the commits after it
  private final List<MemoryArenaState> unforced = new ArrayList<>();

  MemoryArenaStore(ArenaName arena, MemoryGlobalStore global) {
    this.arena = arena;
    this.global = global;
    this.published = new MemoryArenaState();
    reset(fresh());
  }

  private MemoryArenaState fresh() {
    MemoryArenaState state = new MemoryArenaState();
    long inode = nextInode(state);
    state
        .nodes
        .write()
        .put(
            inode,
            new Row(
                inode,
                inode,
                "",
                0,
                new Content.Directory(),
                new Content.Directory(),
                MemoryTreeWriter.IMPLIED_MODE,
                FileTime.EPOCH,
                0));
    return state;
  }

  private void reset(MemoryArenaState state) {
    published = state;
    root = state.nodes.read().firstKey();
    unforced.clear();
    unforced.add(state);
  }

  private long nextInode(MemoryArenaState state) {
    if (state.nextInode == state.endOfRange) {
      long first = global.nextRange(arena, state.endOfRange);
      state.nextInode = first;
      state.endOfRange = first + MemoryGlobalStore.ARENA_RANGE;
    }
    return state.nextInode++;
  }

  @Override
  public ArenaName arena() {
    return arena;
  }

  @Override
  public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
    requireOpen();
    return read(published, query);
  }

  /** As {@link #read}, of the last forced state: what every power cut leaves of the commits. */
  public <T extends @Nullable Object> T readForced(Query<T> query) throws RealizeException {
    MemoryArenaState forced;
    writer.lock();
    try {
      requireOpen();
      forced = unforced.getFirst();
    } finally {
      writer.unlock();
    }
    return read(forced, query);
  }

  private <T extends @Nullable Object> T read(MemoryArenaState state, Query<T> query)
      throws RealizeException {
    return query.run(
        new MemoryArenaRows(
            arena,
            root,
            state,
            () -> {
              throw new IllegalStateException("a reader makes no inodes");
            }));
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
    T result;
    MemoryArenaRows rows;
    long headBefore;
    writer.lock();
    try {
      requireOpen();
      MemoryArenaState next = published.copy();
      headBefore = next.headSeq;
      rows = new MemoryArenaRows(arena, root, next, () -> nextInode(next));
      result = change.run(rows);
      published = next;
      unforced.add(next);
      if (unforced.size() > MAX_UNFORCED) {
        unforced.removeFirst();
      }
    } finally {
      writer.unlock();
    }
    CommitListener.CommittedChanges changes = rows.committed();
    if (changes.headSeq() != headBefore || !changes.isEmpty()) {
      listeners.forEach(listener -> listener.committed(changes));
    }
    return result;
  }

  @Override
  public void force() {
    writer.lock();
    try {
      unforced.clear();
      unforced.add(published);
    } finally {
      writer.unlock();
    }
  }

  @Override
  public void addListener(CommitListener listener) {
    listeners.add(listener);
  }

  /** Goes back to the last forced state or to any commit after it. */
  public void powerCut(RandomGenerator random) {
    writer.lock();
    try {
      reset(unforced.get(random.nextInt(unforced.size())));
    } finally {
      writer.unlock();
    }
  }

  /** The state now; it never changes, and each commit makes another. */
  public Object snapshot() {
    return published;
  }

  /** Puts back a {@link #snapshot}. */
  void restore(Object snapshot) {
    writer.lock();
    try {
      reset((MemoryArenaState) snapshot);
    } finally {
      writer.unlock();
    }
  }

  /** Ends all use; returns the last state, which {@link #restore} puts into another instance. */
  Object close() {
    writer.lock();
    try {
      closed = true;
      return published;
    } finally {
      writer.unlock();
    }
  }

  private void requireOpen() throws StorageFailed {
    if (closed) {
      throw new StorageFailed("arena " + arena + " is closed", null);
    }
  }

  /** Forgets listeners, as a restart does. */
  public void restart() {
    listeners.clear();
  }
}
