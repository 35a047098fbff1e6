package org.realize.nima.config;

import java.util.List;
import java.util.Optional;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;

/**
 * A {@code [[peer]]} table.
 *
 * @param addresses where to dial it; empty for a peer that only dials us
 * @param arenas the only arenas shared with it; absent: all
 * @param write the arenas whose files it may move, to us and away
 * @param limit of its background traffic
 * @param pause the hours in which jobs fetch nothing from it
 */
public record PeerSettings(
    PeerName name,
    PeerKey key,
    List<HostPort> addresses,
    Optional<List<ArenaName>> arenas,
    Role role,
    List<ArenaName> write,
    RateLimit limit,
    PauseTimes pause) {

  public PeerSettings {
    addresses = List.copyOf(addresses);
    arenas = arenas.map(List::copyOf);
    write = List.copyOf(write);
  }

  /** Its access to this node, moves aside. */
  public PeerAccess access() {
    return new PeerAccess(arenas, role);
  }

  /** True if the peer may see {@code arena}. */
  public boolean maySee(ArenaName arena) {
    return arenas.isEmpty() || arenas.get().contains(arena);
  }

  /** True if the peer may move files to {@code arena}, and away from it. */
  public boolean mayWrite(ArenaName arena) {
    return maySee(arena) && write.contains(arena);
  }
}
