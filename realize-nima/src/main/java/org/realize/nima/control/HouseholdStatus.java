package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.model.PeerName;

/**
 * A snapshot of a running daemon.
 *
 * @param key fingerprint of the node's own key
 * @param listening addresses with the ports that are really open; empty on a deaf node
 * @param mount where the mount is, null when nothing is mounted
 * @param dashboard the address of the dashboard, null when there is none
 * @param disk what the user should know of the disk of the node's state, null while it has room
 * @param servedBytes bytes of contents that peers were sent since its start
 * @param loops background loops that fail or stand still
 * @param overBudget programs that have fetched more than their budget in this hour, a line each
 */
public record HouseholdStatus(
    String version,
    long pid,
    Instant started,
    PeerName node,
    String key,
    List<String> listening,
    @Nullable String mount,
    @Nullable String dashboard,
    @Nullable String disk,
    long servedBytes,
    List<LoopFault> loops,
    List<String> overBudget,
    List<PeerStatus> peers,
    List<ArenaStatus> arenas) {

  public HouseholdStatus {
    listening = List.copyOf(listening);
    loops = List.copyOf(loops);
    overBudget = List.copyOf(overBudget);
    peers = List.copyOf(peers);
    arenas = List.copyOf(arenas);
  }
}
