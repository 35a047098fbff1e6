package org.realize.store.arena;

import org.realize.store.journal.RowBatch;
import org.realize.sync.model.RealizeException.StorageFailed;

/** The source of inode ranges, which are used in the same commit that assigns them. */
public interface InodeSource {
  /** The inodes from {@code start} up to, not including, {@code end}. */
  record InodeRange(long start, long end) {}

  /**
   * One change's access to the ranges. From the first {@link #next} until {@link #close} no other
   * change takes a range, so that commits of the same rows come in order.
   */
  interface Taking extends AutoCloseable {
    /**
     * The first range assigned to the arena that begins at or after {@code past}, else a new one,
     * whose assignment is added to {@code rows}.
     */
    InodeRange next(long past, RowBatch rows) throws StorageFailed;

    /** Notes that the rows were handed to the journal. */
    void submitted();

    @Override
    void close();
  }

  /** Begins a change of the arena of this number. */
  Taking taking(int arena);
}
