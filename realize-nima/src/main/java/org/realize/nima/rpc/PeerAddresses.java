package org.realize.nima.rpc;

import java.util.List;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.tls.PeerKey;

/**
 * The addresses of peers beside the configured ones. Whatever is in it is dialled with the peer's
 * pinned key only, so an address that is wrong costs an attempt. Thread-safe.
 */
public interface PeerAddresses {

  /** The addresses at which to dial a peer, in that order. From memory: it does not wait. */
  List<HostPort> heard(PeerKey peer);

  /**
   * Takes in what a connected peer says of itself; what is out of form or not to be believed is
   * ignored.
   *
   * @param seenHost the other end of its connection
   * @param addresses where it listens, each as {@code HOST:PORT}
   */
  void said(PeerSettings peer, String seenHost, List<String> addresses);

  /** A connection to {@code address} has proved the peer's key. */
  void reached(PeerSettings peer, HostPort address);
}
