package org.realize.nima.config;

import java.util.ArrayList;
import java.util.List;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;

/**
 * A {@code [[peer]]} or {@code [[arena]]} of the configuration, which may not be there yet.
 *
 * @param kind of its array
 */
public record NamedTable(TableKind kind, String name) {

  /** An array of tables that have names. */
  public enum TableKind {
    PEER,
    ARENA;

    @Override
    public String toString() {
      return this == PEER ? "peer" : "arena";
    }
  }

  public static NamedTable of(PeerName peer) {
    return new NamedTable(TableKind.PEER, peer.value());
  }

  public static NamedTable of(ArenaName arena) {
    return new NamedTable(TableKind.ARENA, arena.value());
  }

  /** The number of the table among those of its kind; −1 if it is not there. */
  int index(Configuration in) {
    return switch (kind) {
      case PEER -> in.peers().stream().map(peer -> peer.name().value()).toList().indexOf(name);
      case ARENA -> in.arenas().stream().map(arena -> arena.name().value()).toList().indexOf(name);
    };
  }

  /** A configuration without this table, which is there. */
  Configuration cutFrom(Configuration in) {
    List<PeerSettings> peers = new ArrayList<>(in.peers());
    List<ArenaSettings> arenas = new ArrayList<>(in.arenas());
    switch (kind) {
      case PEER -> peers.remove(index(in));
      case ARENA -> arenas.remove(index(in));
    }
    return new Configuration(in.file(), in.node(), peers, arenas, in.store());
  }

  /** {@code peer nas}. */
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
