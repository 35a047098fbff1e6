package org.realize.chaos.sim;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.testing.ForwardingArenaStore;

/** An arena's store with a fault point before and after each commit and each force. */
final class FaultyArenaStore extends ForwardingArenaStore {

  private final FaultPoint faults;

  FaultyArenaStore(ArenaStore store, FaultPoint faults) {
    super(store);
    this.faults = faults;
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
    faults.pass("before a commit");
    T result = super.write(change);
    faults.pass("after a commit");
    return result;
  }

  @Override
  public void force() throws StorageFailed {
    faults.pass("before a force");
    super.force();
    faults.pass("after a force");
  }
}
