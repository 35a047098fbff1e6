package org.realize.nima.rpc;

import org.realize.sync.port.PeerLink;

/**
 * A listener of connecting and disconnecting peers, called under no lock and on any thread. Must
 * not wait. A link may have ended before its event: {@link PeerLink#connected} has its state.
 */
public interface PeerEvents {

  void connected(PeerLink link);

  /** {@code cause} is one line. */
  void disconnected(PeerLink link, String cause);
}
