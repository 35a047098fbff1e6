package org.realize.nima.daemon;

import java.time.Duration;
import java.util.List;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.PeerBook;
import org.realize.sync.model.PeerName;

/** The peers that the configuration trusts, as of its last reading. Thread-safe. */
final class KnownPeers implements PeerBook {

  private volatile Configuration latest;

  KnownPeers(Configuration configuration) {
    this.latest = configuration;
  }

  @Override
  public List<PeerSettings> peers() {
    return latest.peers();
  }

  /** What this node calls them. */
  List<PeerName> names() {
    return latest.peers().stream().map(PeerSettings::name).toList();
  }

  /** The longest time that a read waits for the first dial of a peer. */
  Duration offlineWait() {
    return latest.node().offlineWait();
  }

  /** From now on {@code now} is the configuration. */
  void become(Configuration now) {
    latest = now;
  }
}
