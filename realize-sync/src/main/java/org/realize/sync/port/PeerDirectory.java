package org.realize.sync.port;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;

/** The peers that are connected now. Thread-safe. */
public interface PeerDirectory {

  /** Links that are up. */
  List<PeerLink> links();

  /** The link to the peer whose store this is, if it is up. */
  default Optional<PeerLink> link(StoreId store) {
    return links().stream().filter(link -> link.identity().store().equals(store)).findFirst();
  }

  /** The name of the machine whose store this is, connected or not; else the start of its id. */
  default String name(StoreId store) {
    return link(store)
        .map(link -> link.peer().value())
        .orElseGet(() -> store.toString().substring(0, 8));
  }

  /**
   * Waits while it is not known yet whether the peers of these stores can be reached: none is
   * connected, and one is being dialled for the first time since the start, or since its address
   * changed. Some seconds at most; at once where no peer is dialled.
   */
  default void awaitFirstDials(Set<StoreId> stores) throws RealizeException, InterruptedException {}
}
