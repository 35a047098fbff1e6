package org.realize.sync.feed;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The names by which this machine's user knows stores: its own name, and those of its peers,
 * connected or not, for every id that they have signed under. Thread-safe.
 */
public final class StoreNames {

  private static final Logger LOG = LoggerFactory.getLogger(StoreNames.class);

  private final PeerName self;
  private final GlobalStore global;
  private final Incarnations incarnations;
  private final Supplier<? extends Collection<PeerName>> peers;

  /** All ids of each store that was asked for. */
  private final Map<StoreId, Set<StoreId>> further = new ConcurrentHashMap<>();

  /**
   * The names of all stores.
   *
   * @param self of this machine
   * @param peers those that are known now
   */
  public StoreNames(
      PeerName self,
      GlobalStore global,
      Incarnations incarnations,
      Supplier<? extends Collection<PeerName>> peers) {
    this.self = self;
    this.global = global;
    this.incarnations = incarnations;
    this.peers = peers;
  }

  /** The name of a store's machine; of one that is no longer known, the start of its id. */
  public String name(StoreId store) throws StorageFailed {
    if (own().contains(store)) {
      return self.value();
    }
    for (PeerName peer : peers.get()) {
      if (of(peer).contains(store)) {
        return peer.value();
      }
    }
    return store.toString().substring(0, 8);
  }

  /** This machine's own name. */
  public String self() {
    return self.value();
  }

  /** The names of all peers that are known now. */
  public Collection<PeerName> peers() {
    return List.copyOf(peers.get());
  }

  /**
   * All ids of the peer's stores, or of this machine's under its own name; none if it is unknown.
   */
  public Set<StoreId> of(PeerName peer) throws StorageFailed {
    return peer.equals(self) ? own() : all(incarnations.stores(peer));
  }

  /**
   * Each id under which this machine or one of its peers signs, or did; none while the store fails.
   */
  public Set<StoreId> members() {
    Set<StoreId> members = new HashSet<>();
    try {
      members.addAll(own());
      for (PeerName peer : peers.get()) {
        members.addAll(of(peer));
      }
    } catch (StorageFailed e) {
      LOG.warn("list the stores of all peers: {}", e.oneLine());
      members.clear();
    }
    return members;
  }

  private Set<StoreId> own() throws StorageFailed {
    Set<StoreId> own = all(global.formerIds());
    own.addAll(all(List.of(global.identity().store())));
    return own;
  }

  private Set<StoreId> all(List<StoreId> stores) {
    Set<StoreId> all = new HashSet<>();
    stores.forEach(store -> all.addAll(further.computeIfAbsent(store, StoreId::all)));
    return all;
  }
}
