package org.realize.nima.tls;

import java.util.Optional;
import org.realize.sync.model.PeerName;

/**
 * Which keys may connect at this moment. Asked anew for every handshake, so that a peer added or
 * removed in the configuration is accepted or refused at once. Safe for use by many threads.
 */
@FunctionalInterface
public interface KnownKeys {

  /** The name of the peer with this key; empty when the key is not known. */
  Optional<PeerName> nameOf(PeerKey key);
}
