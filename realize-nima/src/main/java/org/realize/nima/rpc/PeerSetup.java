package org.realize.nima.rpc;

import java.util.List;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.Role;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.PeerName;

/**
 * What the configuration says of one peer.
 *
 * @param addresses where to dial it; empty for a peer that only dials us
 */
public record PeerSetup(
    PeerName name, PeerKey key, List<HostPort> addresses, ArenaAccess arenas, Role role) {
  public PeerSetup {
    addresses = List.copyOf(addresses);
  }
}
