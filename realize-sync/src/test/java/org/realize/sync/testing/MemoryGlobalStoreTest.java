package org.realize.sync.testing;

import java.util.random.RandomGenerator;
import org.realize.sync.port.GlobalStore;

/** The global store on the heap keeps the contract. */
final class MemoryGlobalStoreTest extends GlobalStoreContract {
  private final MemoryGlobalStore global =
      new MemoryGlobalStore(RandomGenerator.of("L64X128MixRandom"));

  @Override
  protected GlobalStore store() {
    return global;
  }

  @Override
  protected GlobalStore reopened() {
    global.restart();
    return global;
  }
}
