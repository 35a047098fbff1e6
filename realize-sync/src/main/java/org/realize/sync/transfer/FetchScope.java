package org.realize.sync.transfer;

import java.time.Duration;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;

/** The parts that all fetches of one arena share. */
record FetchScope(
    Arena arena,
    PeerDirectory peers,
    DownloadPool pool,
    TransferCounters counters,
    BadSources badSources,
    DownloadFindings findings,
    Running running) {

  DownloadLimits limits() {
    return pool.limits();
  }

  /** The monotonic clock. */
  long now() {
    return arena.time().monotonicNanos();
  }

  /** Four times what the peer's speed promises for {@code bytes}, after one stall. */
  Duration deadline(PeerSpeed speed, long bytes) {
    double seconds = 4 * speed.secondsFor(bytes, Duration.ZERO, now());
    return limits().stall().plus(Duration.ofMillis((long) (1000 * seconds)));
  }

  /**
   * {@code source} sent bytes that do not match: it is counted, listed, and not asked for some
   * time.
   */
  void bad(ContentRequest content, PeerLink source, Corrupt cause) {
    counters.bad(source.peer());
    long until = now() + limits().setAside().toNanos();
    badSources.put(content.hash(), source.identity().store(), until);
    findings.badSource(content.hint(), source.peer(), cause);
  }

  /** {@code source} sent what was asked for. */
  void good(ContentRequest content, PeerLink source) {
    if (badSources.clear(content.hash(), source.identity().store())) {
      findings.goodSource(content.hint(), source.peer());
    }
  }
}
