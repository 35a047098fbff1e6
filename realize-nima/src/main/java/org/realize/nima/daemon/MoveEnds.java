package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.Configuration;
import org.realize.nima.control.MoveOrder;
import org.realize.nima.rpc.Packing;
import org.realize.nima.rpc.PeerBook;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerEnd;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.move.ArenaFiles;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MoveEnd.Role;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rate.TokenBucket;

/** Finds the two ends that a user named, for one arena at a time. Stateless. */
final class MoveEnds {

  private static final String LOCAL = "local:";
  private static final String SELF = "this node";

  private final Configuration configuration;
  private final PeerBook peers;
  private final MovableArenas arenas;
  private final PeerConnections connections;

  MoveEnds(
      Configuration configuration,
      PeerBook peers,
      MovableArenas arenas,
      PeerConnections connections) {
    this.configuration = configuration;
    this.peers = peers;
    this.arenas = arenas;
    this.connections = connections;
  }

  /** Refuses what cannot be, before anything is begun. */
  void check(MoveOrder order) throws RealizeException {
    String source = order.source();
    String target = order.target();
    if (source.equals(target)) {
      throw new Invalid("move: source and target are both '%s'".formatted(source));
    }
    if (order.arenas().isEmpty()) {
      throw new Invalid("move: name at least one arena");
    }
    if (order.arenas().size() > 1 && (isLocal(source) || isLocal(target))) {
      throw new Invalid("move: a local directory holds the files of one arena, name just that one");
    }
    if (isLocal(source) && isLocal(target)) {
      throw new Invalid("move: one end must be a peer or this node");
    }
    for (String end : List.of(source, target)) {
      if (isLocal(end)) {
        checkLocal(end);
      } else if (!isSelf(end) && peers.byName(peer(end)).isEmpty()) {
        throw new NotFound(
            "move: '%s' is no peer of this node, not its name, and no local:/path".formatted(end));
      }
    }
  }

  private static PeerName peer(String end) throws Invalid {
    try {
      return new PeerName(end);
    } catch (IllegalArgumentException e) {
      throw new Invalid("move: '%s'".formatted(end), e);
    }
  }

  private static boolean isLocal(String end) {
    return end.startsWith(LOCAL);
  }

  private boolean isSelf(String end) {
    return configuration.node().name().toString().equals(end);
  }

  private static Path directory(String end) {
    return Path.of(end.substring(LOCAL.length())).normalize();
  }

  private void checkLocal(String end) throws Invalid {
    Path directory = directory(end);
    if (!directory.isAbsolute()) {
      throw new Invalid("move: '%s' is not local: and an absolute path".formatted(end));
    }
    for (ArenaSettings arena : configuration.arenas()) {
      Optional<Path> root = arena.root();
      if (root.isPresent() && nested(real(root.get()), real(directory))) {
        throw new Invalid(
            "move: %s and the root of arena '%s' contain each other; name this node instead"
                .formatted(directory, arena.name()));
      }
    }
    if (nested(real(configuration.node().state()), real(directory))) {
      throw new Invalid("move: %s and the node's state contain each other".formatted(directory));
    }
  }

  /** Where a path leads, links followed; as it is where it leads nowhere. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path;
    }
  }

  private static boolean nested(Path a, Path b) {
    return a.startsWith(b) || b.startsWith(a);
  }

  /**
   * How bytes are to go.
   *
   * @param up what they pass on their way to the target
   * @param down what they pass on their way from the source
   */
  record Way(MoveOrder order, Throttle up, Throttle down) {
    static Way of(MoveOrder order, TimeSource time) {
      return new Way(order, throttle(order.upBytes(), time), throttle(order.downBytes(), time));
    }

    private static Throttle throttle(@Nullable Long bytesPerSecond, TimeSource time) {
      return bytesPerSecond == null ? Throttle.NONE : new TokenBucket(() -> bytesPerSecond, time);
    }
  }

  /** The end for one arena; what it holds is given back by {@code closing}. */
  MoveEnd open(ArenaName arena, Role role, Way way, Closing closing)
      throws RealizeException, InterruptedException {
    String end = role == Role.SOURCE ? way.order().source() : way.order().target();
    String what = "end at " + end;
    if (isLocal(end)) {
      return closing.add(what, LocalRoot.open(end, directory(end))).files();
    }
    if (isSelf(end)) {
      ArenaFiles files = arenas.files(arena);
      UUID engagement = arenas.engage(SELF, arena, role);
      closing.add(what, () -> arenas.release(engagement, SELF));
      Engagements.Call held = arenas.begin(engagement, SELF, arena);
      closing.add(what, held);
      return files;
    }
    Packing packing = new Packing(mode(way.order().compress()));
    Throttle throttle = role == Role.SOURCE ? way.down() : way.up();
    PeerEnd remote = connections.moveEnd(peer(end), arena, role, packing, throttle);
    return closing.add(what, remote);
  }

  private static Packing.Mode mode(MoveOrder.Compress compress) {
    return switch (compress) {
      case AUTO -> Packing.Mode.AUTO;
      case ON -> Packing.Mode.ON;
      case OFF -> Packing.Mode.OFF;
    };
  }
}
