package org.realize.nima.rpc;

import java.util.List;
import java.util.Optional;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;

/**
 * The peers of the configuration as it is now, asked at each connection and each call. Names and
 * keys are unique. Thread-safe.
 */
@FunctionalInterface
public interface PeerBook {

  List<PeerSettings> peers();

  /** The addresses at which to dial one of them. */
  default List<HostPort> addresses(PeerSettings peer) {
    return peer.addresses();
  }

  default Optional<PeerSettings> byKey(PeerKey key) {
    return peers().stream().filter(peer -> peer.key().equals(key)).findFirst();
  }

  default Optional<PeerSettings> byName(PeerName name) {
    return peers().stream().filter(peer -> peer.name().equals(name)).findFirst();
  }
}
