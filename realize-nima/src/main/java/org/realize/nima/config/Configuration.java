package org.realize.nima.config;

import java.nio.file.Path;
import java.util.List;

/**
 * All settings of one node, checked: names and keys are unique, no arena lies inside another, and
 * mount, state and roots do not contain each other.
 *
 * @param file where it was read from
 */
public record Configuration(
    Path file,
    NodeSettings node,
    List<PeerSettings> peers,
    List<ArenaSettings> arenas,
    StoreSettings store) {

  public Configuration {
    peers = List.copyOf(peers);
    arenas = List.copyOf(arenas);
  }
}
