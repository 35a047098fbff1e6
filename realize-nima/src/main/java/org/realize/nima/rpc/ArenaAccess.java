package org.realize.nima.rpc;

import java.util.Set;
import org.realize.sync.model.ArenaName;

/** Which arenas are shared with a peer. */
public sealed interface ArenaAccess {

  boolean allows(ArenaName arena);

  /** Every arena, now and later. */
  record All() implements ArenaAccess {
    @Override
    public boolean allows(ArenaName arena) {
      return true;
    }
  }

  /** Exactly these. */
  record Only(Set<ArenaName> arenas) implements ArenaAccess {
    public Only {
      arenas = Set.copyOf(arenas);
    }

    @Override
    public boolean allows(ArenaName arena) {
      return arenas.contains(arena);
    }
  }
}
