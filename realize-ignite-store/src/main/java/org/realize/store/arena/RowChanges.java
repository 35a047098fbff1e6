package org.realize.store.arena;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.RowBatch;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;

/**
 * The rows that one change writes, over those that commits under way have staged. Buckets stay
 * decoded until the change ends, however often it touches them.
 */
final class RowChanges implements RowSource {
  private final CommitLog log;
  private final RowBatch rows = new RowBatch();
  private final Map<RowKey, Bucket> buckets = new HashMap<>();
  private final Set<RowKey> dirty = new LinkedHashSet<>();

  RowChanges(CommitLog log) {
    this.log = log;
  }

  @Override
  public byte @Nullable [] get(RowKey key) throws StorageFailed {
    return rows.holds(key) ? rows.value(key) : log.staged(key);
  }

  @Override
  public Bucket bucket(RowKey key) throws StorageFailed {
    Bucket held = buckets.get(key);
    if (held == null) {
      held = Bucket.of(log.staged(key));
      buckets.put(key, held);
    }
    return held;
  }

  /** Notes that a bucket of this change was changed. */
  void changed(RowKey key) {
    dirty.add(key);
  }

  void put(RowKey key, byte[] value) {
    rows.put(key, value);
  }

  void remove(RowKey key) {
    rows.remove(key);
  }

  /** The rows to commit; nothing may be changed afterwards. */
  RowBatch finish() {
    for (RowKey key : dirty) {
      Bucket bucket = buckets.get(key);
      if (bucket == null || bucket.isVoid()) {
        rows.remove(key);
      } else {
        rows.put(key, bucket.encode());
      }
    }
    return rows;
  }

  /** The rows under construction, for what is committed together with them. */
  RowBatch rows() {
    return rows;
  }
}
