package org.realize.nima.daemon;

import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.rpc.PeerConnections;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PeerLink;

/**
 * The connected peers, for parts that are opened before the connections are: none is connected
 * until {@link #become}. Thread-safe.
 */
final class LatePeers implements PeerDirectory {

  private final KnownPeers known;
  private final StoreNames names;
  private volatile Optional<PeerConnections> peers = Optional.empty();

  LatePeers(KnownPeers known, StoreNames names) {
    this.known = known;
    this.names = names;
  }

  void become(PeerConnections present) {
    peers = Optional.of(present);
  }

  @Override
  public String name(StoreId store) {
    try {
      return names.name(store);
    } catch (StorageFailed e) {
      return PeerDirectory.super.name(store);
    }
  }

  @Override
  public List<PeerLink> links() {
    return peers.map(PeerConnections::links).orElse(List.of());
  }

  @Override
  public void awaitFirstDials(Set<StoreId> stores) throws RealizeException, InterruptedException {
    PeerConnections connections = peers.orElse(null);
    if (connections == null || stores.isEmpty()) {
      return;
    }
    Set<PeerName> of = new HashSet<>();
    for (PeerName peer : known.names()) {
      if (!Collections.disjoint(names.of(peer), stores)) {
        of.add(peer);
      }
    }
    connections.awaitFirstDials(of, known.offlineWait());
  }
}
