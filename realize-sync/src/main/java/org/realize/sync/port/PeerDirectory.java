package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.StoreId;

/** The peers that are connected now. Thread-safe. */
public interface PeerDirectory {

  /** Links that are up. */
  List<PeerLink> links();

  /** The link to the peer whose store this is, if it is up. */
  default Optional<PeerLink> link(StoreId store) {
    return links().stream().filter(link -> link.identity().store().equals(store)).findFirst();
  }
}
