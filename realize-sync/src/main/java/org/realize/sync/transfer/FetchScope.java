package org.realize.sync.transfer;

import org.realize.sync.arena.Arena;
import org.realize.sync.port.PeerDirectory;

/** The parts that all fetches of one arena share. */
record FetchScope(
    Arena arena,
    PeerDirectory peers,
    DownloadPool pool,
    TransferCounters counters,
    SetAside aside,
    DownloadFindings findings,
    Running running) {

  DownloadLimits limits() {
    return pool.limits();
  }
}
