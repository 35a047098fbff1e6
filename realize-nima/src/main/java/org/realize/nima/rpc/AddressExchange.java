package org.realize.nima.rpc;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.membership.OwnAddresses;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current addresses of this node, which it says to each peer that connects, and those of peers,
 * configured ones and heard ones. Thread-safe.
 */
final class AddressExchange {

  private static final Logger LOG = LoggerFactory.getLogger(AddressExchange.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final PeerAddresses peers;
  private volatile List<HostPort> own = List.of();

  AddressExchange(PeerAddresses peers) {
    this.peers = peers;
  }

  /** Reads the addresses of this machine, of listeners whose ports are known. */
  void read(List<HostPort> listening) {
    try {
      own = OwnAddresses.of(listening);
    } catch (IOException e) {
      LOG.warn("read the addresses of this machine: {}", e.getMessage());
    }
  }

  /** The addresses of a peer beside the configured ones. */
  List<HostPort> heard(PeerKey peer) {
    return peers.heard(peer);
  }

  /**
   * The addresses at which to dial a peer: configured ones first. Where this node listens itself,
   * as on a bridge that both machines have, nobody else is.
   */
  List<HostPort> toDial(PeerSettings peer) {
    Set<HostPort> all = new LinkedHashSet<>(peer.addresses());
    List<HostPort> heard = new ArrayList<>(peers.heard(peer.key()));
    heard.removeAll(own);
    all.addAll(heard);
    return List.copyOf(all);
  }

  /** Takes in what the peer of a connection says. */
  void said(PeerSettings peer, String seenAddress, List<String> addresses) {
    peers.said(peer, HostPort.parse(seenAddress).host(), addresses);
  }

  /** Notes where the peer was reached, and says this node's addresses to it. Does not wait. */
  void exchange(ConnectedPeer pair) {
    Thread.ofVirtual()
        .name("addresses-" + pair.peer())
        .start(() -> {
          if (pair.dialled()) {
            peers.reached(pair.settings(), HostPort.parse(pair.state().address()));
          }
          say(pair);
        });
  }

  /**
   * Reads the addresses of this machine again, and says them to each of {@code pairs}. Does not
   * wait.
   */
  void readAgain(List<HostPort> listening, List<ConnectedPeer> pairs) {
    read(listening);
    for (ConnectedPeer pair : pairs) {
      Thread.ofVirtual().name("addresses-" + pair.peer()).start(() -> say(pair));
    }
  }

  private void say(ConnectedPeer pair) {
    try {
      if (pair.takesAddresses()) {
        pair.addresses(own, DEADLINE);
      }
    } catch (RealizeException e) {
      LOG.info("say addresses to {}: {}", pair.peer(), e.oneLine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
