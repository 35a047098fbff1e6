package org.realize.chaos.sim;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Rows;
import org.realize.sync.testing.MemoryGlobalStore;

/** A global store with a fault point before and after each change. */
record FaultyGlobalStore(MemoryGlobalStore store, FaultPoint faults) implements GlobalStore {

  @Override
  public Identity identity() {
    return store.identity();
  }

  @Override
  public Identity renew(long mostCounter) {
    faults.pass("before a new identity");
    Identity identity = store.renew(mostCounter);
    faults.pass("after a new identity");
    return identity;
  }

  @Override
  public List<StoreId> formerIds() {
    return store.formerIds();
  }

  @Override
  public long nextCounter(long unixMillis) {
    return store.nextCounter(unixMillis);
  }

  @Override
  public long highestCounter() {
    return store.highestCounter();
  }

  @Override
  public Optional<Remembered> remembered(StoreId other) {
    return store.remembered(other);
  }

  @Override
  public void remember(Identity identity, long nowMillis) {
    faults.pass("before remembering a store");
    store.remember(identity, nowMillis);
    faults.pass("after remembering a store");
  }

  @Override
  public <T> Optional<T> row(Rows<T> row) {
    return store.row(row);
  }

  @Override
  public <T> void putRow(Rows<T> row, T value) {
    faults.pass("before global row " + row);
    store.putRow(row, value);
    faults.pass("after global row " + row);
  }

  @Override
  public ArenaStore arena(ArenaName name) {
    return new FaultyArenaStore(store.memoryArena(name), faults);
  }

  @Override
  public List<ArenaName> arenas() {
    return store.arenas();
  }

  @Override
  public void closeArena(ArenaName name) {
    store.closeArena(name);
  }

  @Override
  public void deleteArena(ArenaName name) {
    store.deleteArena(name);
  }

  @Override
  public Optional<ArenaName> arenaOf(Inode inode) {
    return store.arenaOf(inode);
  }

  @Override
  public Inode directoryInode(String path) {
    return store.directoryInode(path);
  }

  @Override
  public void close() {}
}
