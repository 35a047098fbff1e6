package org.realize.nima.daemon;

import java.util.List;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;

/**
 * The connected peers, for parts that are opened before the connections are: none is connected
 * until {@link #become}. Thread-safe.
 */
final class LatePeers implements PeerDirectory {

  private volatile PeerDirectory peers = List::of;

  void become(PeerDirectory present) {
    peers = present;
  }

  @Override
  public List<PeerLink> links() {
    return peers.links();
  }
}
