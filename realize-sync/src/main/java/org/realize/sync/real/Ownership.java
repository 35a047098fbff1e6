package org.realize.sync.real;

import org.realize.sync.model.ArenaName;
import org.realize.sync.port.GlobalStore;

/**
 * The claim of a store to the roots of its arenas.
 *
 * @param machine tells this machine from others; the same for every store on it
 */
public record Ownership(ArenaName arena, GlobalStore global, String machine) {

  /** True for the store's present uuid, and for a former one on this machine. */
  boolean isOurs(PlaceId id) {
    return isPresent(id)
        || (id.machine().equals(machine) && global.formerIds().contains(id.owner()));
  }

  boolean isPresent(PlaceId id) {
    return id.owner().equals(global.identity().store());
  }
}
