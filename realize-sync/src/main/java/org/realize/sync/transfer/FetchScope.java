package org.realize.sync.transfer;

import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.TimeSource;

/** What every fetch of one arena works with. */
record FetchScope(
    ArenaStore store,
    BlobStore blobs,
    PeerDirectory peers,
    DownloadPool pool,
    TimeSource time,
    SetAside aside,
    Findings findings,
    Running running) {

  DownloadLimits limits() {
    return pool.limits();
  }
}
