package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.testing.BlobInvariants;

/** The invariants of an unused blob store, after any operations. */
final class StoreInvariants {

  private StoreInvariants() {}

  /** Files, rows and sums agree, limits hold, and what is committed matches its hash tree. */
  static void check(ArenaStore arena, SparseBlobStore store) throws RealizeException {
    new BlobInvariants(arena, store).check();
    assertThat(store.inspectAtRest()).isEmpty();
  }

  /** As {@link #check}, of a store that was opened after a crash, after its first cleanup. */
  static void checkAfterCrash(ArenaStore arena, SparseBlobStore store) throws RealizeException {
    store.step();
    check(arena, store);
  }

  /**
   * As {@link #check}, after a test that may have left bytes uncommitted and files changed by
   * somebody else, of contents without hash trees.
   */
  static void checkAfterTest(SparseBlobStore store) throws RealizeException {
    store.commitAll();
    store.cleanup();
    assertThat(store.inspectAtRest()).isEmpty();
  }
}
