package org.realize.sync.testing;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.CommitListener;

/** A store that passes every call on to another one, for test doubles that change a few of them. */
public class ForwardingArenaStore implements ArenaStore {

  private final ArenaStore store;

  public ForwardingArenaStore(ArenaStore store) {
    this.store = store;
  }

  @Override
  public ArenaName arena() {
    return store.arena();
  }

  @Override
  public <T extends @Nullable Object> T read(Query<T> query) throws RealizeException {
    return store.read(query);
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
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
