package org.realize.chaos.bench;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener;

/** A counter of the reads and writes of an arena's store. Thread-safe. */
final class CountingStore implements ArenaStore {

  private final ArenaStore store;
  private final LongAdder reads = new LongAdder();
  private final LongAdder writes = new LongAdder();

  CountingStore(ArenaStore store) {
    this.store = store;
  }

  void reset() {
    reads.reset();
    writes.reset();
  }

  long reads() {
    return reads.sum();
  }

  long writes() {
    return writes.sum();
  }

  @Override
  public ArenaName arena() {
    return store.arena();
  }

  @Override
  public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
    reads.increment();
    return store.read(query);
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
    writes.increment();
    return store.write(change);
  }

  @Override
  public void force() throws StorageFailed {
    store.force();
  }

  @Override
  public void addListener(CommitListener listener) {
    store.addListener(listener);
  }
}
