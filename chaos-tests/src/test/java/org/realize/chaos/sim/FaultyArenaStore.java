package org.realize.chaos.sim;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener;
import org.realize.sync.testing.MemoryArenaStore;

/** An arena's store with a fault point before and after each commit and each force. */
record FaultyArenaStore(MemoryArenaStore store, FaultPoint faults) implements ArenaStore {

  @Override
  public ArenaName arena() {
    return store.arena();
  }

  @Override
  public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
    return store.read(query);
  }

  @Override
  public <T extends @Nullable Object> T write(Change<T> change) throws RealizeException {
    faults.pass("before a commit");
    T result = store.write(change);
    faults.pass("after a commit");
    return result;
  }

  @Override
  public void force() {
    faults.pass("before a force");
    store.force();
    faults.pass("after a force");
  }

  @Override
  public void addListener(CommitListener listener) {
    store.addListener(listener);
  }
}
