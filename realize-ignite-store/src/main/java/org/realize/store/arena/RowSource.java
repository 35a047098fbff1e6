package org.realize.store.arena;

import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;

/** The rows as one query or one change sees them. Confined to its thread. */
interface RowSource {
  /** The row; null if there is none. Must not be changed. */
  byte @Nullable [] get(RowKey key) throws StorageFailed;

  /** A bucket; an empty one if there is no row. */
  Bucket bucket(RowKey key) throws StorageFailed;
}
