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
 * half is more than the largest batch touches. Thread-safe.
 */
final class CleanPages {
  private final DataRegion region;
  private final GridCacheDatabaseSharedManager database;
  private final long mostDirty;

  CleanPages(IgniteEx ignite) {
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

  /** Waits until at most half of the pages are dirty. */
  void await() {
    if (region.metrics().getDirtyPages() <= mostDirty) {
      return;
    }
    try {
      database
          .forceCheckpoint("half of the pages are dirty")
          .futureFor(CheckpointState.FINISHED)
          .get();
    } catch (IgniteCheckedException e) {
      throw new IgniteException("could not write pages out", e);
    }
  }
}
