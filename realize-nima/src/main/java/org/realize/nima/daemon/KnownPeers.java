package org.realize.nima.daemon;

import java.util.List;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.PeerBook;
import org.realize.sync.model.PeerName;

/** The peers that the configuration trusts, as of its last reading. Thread-safe. */
final class KnownPeers implements PeerBook {

  private volatile List<PeerSettings> peers;

  KnownPeers(Configuration configuration) {
    this.peers = configuration.peers();
  }

  @Override
  public List<PeerSettings> peers() {
    return peers;
  }

  /** What this node calls them. */
  List<PeerName> names() {
    return peers.stream().map(PeerSettings::name).toList();
  }

  /** From now on the configuration trusts {@code now}. */
  void become(List<PeerSettings> now) {
    peers = List.copyOf(now);
  }
}
