package org.realize.sync.transfer;

import org.jspecify.annotations.Nullable;
import org.realize.sync.content.LocalContents;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.TimeSource;

/**
 * What every fetch of one arena works with.
 *
 * @param root the Real; null where the arena has no root
 */
record FetchScope(
    ArenaStore store,
    BlobStore blobs,
    @Nullable Disk root,
    PeerDirectory peers,
    DownloadPool pool,
    TimeSource time,
    TransferCounters counters,
    SetAside aside,
    Findings findings,
    Running running) {

  LocalContents contents() {
    return new LocalContents(store, blobs, root);
  }

  DownloadLimits limits() {
    return pool.limits();
  }
}
