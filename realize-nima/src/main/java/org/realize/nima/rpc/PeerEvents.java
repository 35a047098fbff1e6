package org.realize.nima.rpc;

import org.realize.sync.port.PeerLink;

/**
 * Told, under no lock and on any thread, when peers come and go. Must not wait. A link may have
 * ended by the time it is told of: {@link PeerLink#connected} says how it stands.
 */
public interface PeerEvents {

  void connected(PeerLink link);

  /** {@code cause} is one line. */
  void disconnected(PeerLink link, String cause);
}
