package org.realize.nima.daemon;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.realize.nima.cli.Realize;
import org.realize.nima.config.MountSettings;
import org.realize.nima.config.NodeSettings;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.PeerStatus;
import org.realize.nima.observe.Dashboard;
import org.realize.nima.observe.EventRing;
import org.realize.nima.tls.NodeKey;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.port.TimeSource;

/** The settings, key, clock and start time of this node while its daemon runs. */
final class RunningNode {

  private final NodeSettings settings;
  private final NodeKey key;
  private final TimeSource time;
  private final NodeFigures figures;
  private final StoreNames names;
  private final Instant started;

  /**
   * The figures and parts of a node that change while it runs.
   *
   * @param served the bytes of contents that peers were sent
   * @param disk what the user should know of the disk of the node's state
   * @param loops its background loops
   * @param fetches what programs have fetched by reading
   * @param events its latest events
   * @param dashboard empty also until it listens
   */
  record NodeFigures(
      LongSupplier served,
      Supplier<Optional<String>> disk,
      Loops loops,
      ProgramFetches fetches,
      EventRing events,
      Supplier<Optional<Dashboard>> dashboard) {}

  /**
   * The node, which starts now.
   *
   * @param names of the stores of all peers
   */
  RunningNode(
      NodeSettings settings, NodeKey key, StoreNames names, NodeFigures figures, TimeSource time) {
    this.figures = figures;
    this.names = names;
    this.settings = settings;
    this.key = key;
    this.time = time;
    this.started = Instant.ofEpochMilli(time.unixMillis());
  }

  /** The names of the stores of all peers. */
  StoreNames names() {
    return names;
  }

  TimeSource time() {
    return time;
  }

  /** The directory that the household is mounted at; empty when it is not. */
  Optional<Path> mount() {
    return settings.mount().map(MountSettings::path);
  }

  /** What programs have fetched by reading in the mount. */
  ProgramFetches fetches() {
    return figures.fetches();
  }

  /** The latest events. */
  EventRing events() {
    return figures.events();
  }

  /** A link that opens the dashboard in one browser. */
  String dashboardLink() throws NotFound {
    Optional<Dashboard> dashboard = figures.dashboard().get();
    if (dashboard.isEmpty()) {
      throw new NotFound(
          "open the dashboard: the node has none; put 'dashboard = \"127.0.0.1:9772\"' into [node]"
              + " of realize.toml and start the daemon again");
    }
    return dashboard.get().link();
  }

  HouseholdStatus status(List<String> listening, List<PeerStatus> peers, List<ArenaStatus> arenas) {
    return new HouseholdStatus(
        Realize.VERSION,
        ProcessHandle.current().pid(),
        started,
        settings.name(),
        key.publicKey().fingerprint(),
        listening,
        mount().map(Path::toString).orElse(null),
        figures.dashboard().get().map(Dashboard::address).orElse(null),
        figures.disk().get().orElse(null),
        figures.served().getAsLong(),
        figures.loops().faults(),
        figures.fetches().overBudget(),
        peers,
        arenas);
  }
}
