package org.realize.sync.testing;

import java.util.random.RandomGenerator;
import org.realize.sync.model.ArenaName;
import org.realize.sync.port.ArenaStore;

/** The arena store on the heap keeps the contract. */
final class MemoryArenaStoreTest extends ArenaStoreContract {
  private final MemoryGlobalStore global =
      new MemoryGlobalStore(RandomGenerator.of("L64X128MixRandom"));

  @Override
  protected ArenaStore store() {
    return global.arena(new ArenaName("arena"));
  }
}
