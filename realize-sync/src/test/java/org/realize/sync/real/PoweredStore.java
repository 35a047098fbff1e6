package org.realize.sync.real;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.MemoryDisk;

/** A store on a machine whose power can be turned off: each commit is an effect. */
final class PoweredStore extends ForwardingArenaStore {
  private final MemoryDisk disk;

  PoweredStore(ArenaStore store, MemoryDisk disk) {
    super(store);
    this.disk = disk;
  }

  @Override
  public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
    Object[] results = new Object[1];
    RealizeException[] failures = new RealizeException[1];
    try {
      disk.alongside(() -> {
        try {
          results[0] = super.write(change);
        } catch (RealizeException e) {
          failures[0] = e;
        }
      });
    } catch (IOException e) {
      throw new StorageFailed("commit", e);
    }
    if (failures[0] != null) {
      throw failures[0];
    }
    @SuppressWarnings("unchecked")
    T result = (T) results[0];
    return result;
  }

  @Override
  public void force() throws StorageFailed {
    StorageFailed[] failures = new StorageFailed[1];
    try {
      disk.alongside(() -> {
        try {
          super.force();
        } catch (StorageFailed e) {
          failures[0] = e;
        }
      });
    } catch (IOException e) {
      throw new StorageFailed("force", e);
    }
    if (failures[0] != null) {
      throw failures[0];
    }
  }
}
