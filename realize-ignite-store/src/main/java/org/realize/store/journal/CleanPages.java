package org.realize.store.journal;

import java.util.Objects;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.IgniteException;
import org.apache.ignite.configuration.DataStorageConfiguration;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.processors.cache.persistence.CheckpointState;
import org.apache.ignite.internal.processors.cache.persistence.DataRegion;
import org.apache.ignite.internal.processors.cache.persistence.GridCacheDatabaseSharedManager;

/**
 * The reserve of clean pages in Ignite's memory.
 *
 * <p>Ignite needs a clean page to read another one in, and a checkpoint makes pages clean. It
 * throttles writers while a checkpoint writes, but not while the last checkpoint waits for a slow
 * disk. If all pages of a segment become dirty in that time, Ignite fails for good. So a thread
 * that is about to write waits here for a checkpoint while half of all pages are dirty; the other
 * half is more than the largest batch touches. On a scarce disk far fewer may be dirty, since each
 * may need room when it is written. Thread-safe.
 */
final class CleanPages {
  /** 8 MiB. */
  private static final long MOST_ON_SCARCE_DISK = 2048;

  private final DataRegion region;
  private final GridCacheDatabaseSharedManager database;
  private final long mostDirty;
  private final StoreRoom room;

  CleanPages(IgniteEx ignite, StoreRoom room) {
    this.room = room;
    database = (GridCacheDatabaseSharedManager) ignite.context().cache().context().database();
    DataStorageConfiguration storage = ignite.configuration().getDataStorageConfiguration();
    try {
      region =
          Objects.requireNonNull(
              database.dataRegion(storage.getDefaultDataRegionConfiguration().getName()));
    } catch (IgniteCheckedException e) {
      throw new IgniteException("no memory for pages", e);
    }
    mostDirty =
        storage.getDefaultDataRegionConfiguration().getMaxSize() / storage.getPageSize() / 2;
  }

  /** Waits until no more pages are dirty than may be. */
  void await() {
    long most = room.isScarce() ? Math.min(mostDirty, MOST_ON_SCARCE_DISK) : mostDirty;
    if (region.metrics().getDirtyPages() <= most) {
      return;
    }
    try {
      database.forceCheckpoint("many pages are dirty").futureFor(CheckpointState.FINISHED).get();
    } catch (IgniteCheckedException e) {
      throw new IgniteException("could not write pages out", e);
    }
  }
}
