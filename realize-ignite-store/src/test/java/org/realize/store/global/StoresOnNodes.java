package org.realize.store.global;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.Durability;
import org.realize.store.journal.IgniteNode;
import org.realize.sync.model.RealizeException;

/** Global stores on nodes that a test has started in its own way. */
public final class StoresOnNodes {

  private static final long ROW_CACHE_BYTES = 1 << 20;

  private StoresOnNodes() {}

  /** As {@link IgniteGlobalStore#open}; the node ends with the store. */
  public static IgniteGlobalStore open(IgniteNode node, Consumer<Throwable> onFailure)
      throws RealizeException {
    CommitLog log = CommitLog.open(node, Durability.OS, ROW_CACHE_BYTES, onFailure);
    return new IgniteGlobalStore(node, node::close, log, RandomGenerator.of("L64X128MixRandom"));
  }
}
