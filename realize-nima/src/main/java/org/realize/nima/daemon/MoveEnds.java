package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.Configuration;
import org.realize.nima.control.MoveOrder;
import org.realize.nima.rpc.Packing;
import org.realize.nima.rpc.PeerBook;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerSource;
import org.realize.nima.rpc.PeerTarget;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.Engagements.MoveRole;
import org.realize.sync.move.MovableArena;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.PlainSource;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rate.TokenBucket;

/** The resolver of the two ends of a move that a user names, for one arena at a time. Stateless. */
final class MoveEnds {

  private static final String LOCAL = "local:";
  private static final String SELF = "this node";

  private final Supplier<Configuration> configuration;
  private final PeerBook peers;
  private final MovableArenas arenas;
  private final PeerConnections connections;
  private final GlobalStore global;
  private final TimeSource time;

  MoveEnds(
      Supplier<Configuration> configuration,
      PeerBook peers,
      MovableArenas arenas,
      PeerConnections connections,
      GlobalStore global,
      TimeSource time) {
    this.configuration = configuration;
    this.peers = peers;
    this.arenas = arenas;
    this.connections = connections;
    this.global = global;
    this.time = time;
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
    if (order.handling().takeOut() && !isLocal(target)) {
      throw new Invalid("move: --take-out is for a target that is local:/PATH");
    }
    if (order.handling().purge() && !isLocal(source)) {
      throw new Invalid("move: --purge is for a source that is local:/PATH");
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
    return configuration.get().node().name().toString().equals(end);
  }

  private static Path directory(String end) {
    return Path.of(end.substring(LOCAL.length())).normalize();
  }

  private void checkLocal(String end) throws Invalid {
    Path directory = directory(end);
    if (!directory.isAbsolute()) {
      throw new Invalid("move: '%s' is not local: and an absolute path".formatted(end));
    }
    for (ArenaSettings arena : configuration.get().arenas()) {
      Optional<Path> root = arena.root();
      if (root.isPresent() && nested(real(root.get()), real(directory))) {
        throw new Invalid(
            "move: %s and the root of arena '%s' contain each other; name this node instead"
                .formatted(directory, arena.name()));
      }
    }
    if (nested(real(configuration.get().node().state()), real(directory))) {
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
   * The limits of a move's bytes.
   *
   * @param up what they pass on their way to the target
   * @param down what they pass on their way from the source
   */
  record MoveRates(MoveOrder order, Throttle up, Throttle down) {
    static MoveRates of(MoveOrder order, TimeSource time) {
      MoveOrder.Carriage carriage = order.carriage();
      return new MoveRates(
          order, throttle(carriage.upBytes(), time), throttle(carriage.downBytes(), time));
    }

    private static Throttle throttle(@Nullable Long bytesPerSecond, TimeSource time) {
      return bytesPerSecond == null ? Throttle.NONE : new TokenBucket(() -> bytesPerSecond, time);
    }
  }

  /**
   * The two ends for one arena.
   *
   * @param keepsSource whether files are only copied
   * @param plain the source, where it is a plain directory
   * @param sourceName the source as the user named it
   */
  record Ends(
      MoveSource source,
      MoveTarget target,
      boolean keepsSource,
      Optional<PlainSource> plain,
      String sourceName) {

    /** What the user must know of a plain source after the move. */
    Optional<String> ends(boolean purges) throws RealizeException {
      List<RelativePath> used = plain.map(PlainSource::trashes).orElse(List.of());
      if (used.isEmpty()) {
        return Optional.empty();
      }
      Path source = directory(sourceName);
      String trash =
          used.stream()
              .map(each -> source.resolve(each.toString()).toString())
              .collect(Collectors.joining(", "));
      if (purges) {
        return Optional.of(
            plain.get().purge()
                ? "the moved files were deleted from " + trash
                : "the moved files were deleted from %s, but for those that a program has changed or opened"
                    .formatted(trash));
      }
      return Optional.of("the moved files are in %s; --purge deletes them".formatted(trash));
    }
  }

  /** A source, and the id of its root if it has one. */
  private record OpenSource(MoveSource files, Optional<UUID> root, Optional<PlainSource> plain) {}

  /** A target, and the id of its root if it has one. */
  private record OpenTarget(MoveTarget files, Optional<UUID> root) {}

  /**
   * Opens both ends; what they hold is given back by {@code closing}.
   *
   * @throws Invalid if the two cannot be the ends of a move
   */
  Ends open(ArenaName arena, MoveRates way, Closing closing)
      throws RealizeException, InterruptedException {
    MoveOrder order = way.order();
    OpenTarget target = openTarget(arena, way, closing);
    OpenSource source = openSource(arena, way, closing);
    if (source.root().isPresent() && source.root().equals(target.root())) {
      throw new Invalid(
          "move: %s and %s reach one and the same directory for arena '%s'"
              .formatted(order.source(), order.target(), arena));
    }
    boolean keepsSource =
        order.handling().copy() || (isLocal(order.target()) && !order.handling().takeOut());
    return new Ends(source.files(), target.files(), keepsSource, source.plain(), order.source());
  }

  private OpenTarget openTarget(ArenaName arena, MoveRates way, Closing closing)
      throws RealizeException, InterruptedException {
    String end = way.order().target();
    String what = "end at " + end;
    if (isLocal(end)) {
      return new OpenTarget(
          closing.add(what, LocalRoot.open(end, directory(end))).target(), Optional.empty());
    }
    if (isSelf(end)) {
      MovableArena files = own(end, arena);
      UUID root = files.rootId();
      engage(arena, MoveRole.TARGET, what, closing);
      return new OpenTarget(files.target(), Optional.of(root));
    }
    PeerTarget remote =
        closing.add(what, connections.moveTarget(peer(end), arena, packing(way), way.up()));
    return new OpenTarget(remote, Optional.of(remote.engage()));
  }

  private OpenSource openSource(ArenaName arena, MoveRates way, Closing closing)
      throws RealizeException, InterruptedException {
    String end = way.order().source();
    String what = "end at " + end;
    if (isLocal(end)) {
      LocalRoot local = closing.add(what, LocalRoot.open(end, directory(end)));
      PlainSource plain = local.source(time);
      return new OpenSource(plain.files(), Optional.empty(), Optional.of(plain));
    }
    Optional<StoreId> target = store(way.order().target());
    if (isSelf(end)) {
      MovableArena files = own(end, arena);
      UUID root = files.rootId();
      engage(arena, MoveRole.SOURCE, what, closing);
      return new OpenSource(files.source(target), Optional.of(root), Optional.empty());
    }
    PeerSource remote =
        closing.add(
            what, connections.moveSource(peer(end), arena, target, packing(way), way.down()));
    return new OpenSource(remote, Optional.of(remote.engage()), Optional.empty());
  }

  private MovableArena own(String end, ArenaName arena) throws NotFound {
    try {
      return arenas.arena(arena);
    } catch (NotFound rootless) {
      throw new NotFound(
          "move: %1$s has no arena '%2$s' with a root; 'realize arena set %2$s --root PATH' gives it one"
              .formatted(end, arena));
    }
  }

  private void engage(ArenaName arena, MoveRole role, String what, Closing closing)
      throws RealizeException, InterruptedException {
    Engagements engagements = arenas.engagements();
    UUID engagement = engagements.engage(SELF, arena, role);
    closing.add(what, () -> engagements.release(engagement, SELF));
    closing.add(what, engagements.begin(engagement, SELF, arena));
  }

  /** The store of an end; empty for a plain directory. */
  private Optional<StoreId> store(String end) throws RealizeException {
    if (isLocal(end)) {
      return Optional.empty();
    }
    if (isSelf(end)) {
      return Optional.of(global.identity().store());
    }
    PeerName name = peer(end);
    return Optional.of(
        connections.links().stream()
            .filter(link -> link.peer().equals(name))
            .map(link -> link.identity().store())
            .findFirst()
            .orElseThrow(() -> new Unreachable("move: %s is not connected".formatted(end))));
  }

  private static Packing packing(MoveRates way) {
    return new Packing(mode(way.order().carriage().compress()));
  }

  private static Packing.Mode mode(MoveOrder.Compress compress) {
    return switch (compress) {
      case AUTO -> Packing.Mode.AUTO;
      case ON -> Packing.Mode.ON;
      case OFF -> Packing.Mode.OFF;
    };
  }
}
