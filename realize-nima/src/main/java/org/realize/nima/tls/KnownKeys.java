package org.realize.nima.tls;

import java.util.Optional;
import org.realize.sync.model.PeerName;

/**
 * The set of keys that may connect at this moment. It is read again at every handshake, so that a
 * peer added or removed in the configuration is accepted or refused at once. Thread-safe.
 */
@FunctionalInterface
public interface KnownKeys {

  /** The name of the peer with this key; empty when the key is not known. */
  Optional<PeerName> nameOf(PeerKey key);

  /** The reason why this key, which has no name, is refused; one line. */
  default String refusal(PeerKey key) {
    return "unknown key " + key.fingerprint();
  }

  /**
   * True if a key that is not known may finish a handshake for {@code applicationProtocol} all the
   * same; the listener decides then what it may say.
   */
  default boolean admitsStrangers(String applicationProtocol) {
    return false;
  }
}
