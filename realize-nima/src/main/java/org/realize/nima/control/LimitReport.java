package org.realize.nima.control;

import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;

/**
 * Limits as the configuration has them. Texts are as {@code realize.toml} takes them, sizes perhaps
 * rounded; one that is empty stands for a key that is not there.
 */
public record LimitReport(List<PeerLimits> peers, List<ArenaLimits> arenas) {

  public LimitReport {
    peers = List.copyOf(peers);
    arenas = List.copyOf(arenas);
  }

  /**
   * Limits of a peer's background traffic; {@link Household#limitPeer} sets those that differ from
   * the present ones.
   *
   * @param up rate of what it is sent, while its timetable says nothing
   * @param down rate of what it sends
   */
  public record PeerLimits(PeerName peer, String up, String down) implements ControlRequest {}

  /**
   * Limits of an arena's cache; {@link Household#limitArena} sets those that differ from the
   * present ones.
   *
   * @param max the most that it may hold, a size or a share of its file system
   * @param leave what it leaves free there
   */
  public record ArenaLimits(ArenaName arena, String max, String leave) implements ControlRequest {}
}
