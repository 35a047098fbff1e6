package org.realize.nima.config;

import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ArenaName;

/**
 * The access of a peer to this node: which arenas are shared with it, and in which direction
 * changes flow. Immutable.
 *
 * @param arenas the only arenas shared; absent: all
 */
public record PeerAccess(Optional<List<ArenaName>> arenas, Role role) {

  /** The access of a peer that nothing is kept from. */
  public static final PeerAccess WHOLE = new PeerAccess(Optional.empty(), Role.BOTH);

  /** The access of a peer that no arena is shared with. */
  public static final PeerAccess NONE = new PeerAccess(Optional.of(List.of()), Role.BOTH);

  public PeerAccess {
    arenas = arenas.map(List::copyOf);
  }

  /** The access that both this and {@code other} allow. */
  public PeerAccess and(PeerAccess other) {
    if (role == Role.BOTH || role == other.role || other.role == Role.BOTH) {
      Optional<List<ArenaName>> both =
          arenas
              .map(here ->
                  here.stream()
                      .filter(each -> other.arenas.map(in -> in.contains(each)).orElse(true))
                      .toList())
              .or(other::arenas);
      return new PeerAccess(both, role == Role.BOTH ? other.role : role);
    }
    return NONE;
  }

  /** This access, without arenas that are not among {@code known}. */
  public PeerAccess within(List<ArenaName> known) {
    return new PeerAccess(
        arenas.map(named -> named.stream().filter(known::contains).toList()), role);
  }
}
