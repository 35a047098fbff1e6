package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.Mount;
import org.realize.fuse.MountOptions;
import org.realize.nima.cli.DaemonRunner;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.MountSettings;
import org.realize.nima.config.NodeSettings;
import org.realize.nima.config.NoticeSettings;
import org.realize.nima.config.PrivateRoots;
import org.realize.nima.config.StoreSettings;
import org.realize.nima.control.ControlServer;
import org.realize.nima.control.StopSignal;
import org.realize.nima.discovery.AddressBook;
import org.realize.nima.membership.JoinMessage.OfferedArena;
import org.realize.nima.observe.AccessToken;
import org.realize.nima.observe.AuditLog;
import org.realize.nima.observe.Dashboard;
import org.realize.nima.observe.EventRing;
import org.realize.nima.observe.Metrics;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerEvents;
import org.realize.nima.rpc.Resolver;
import org.realize.nima.tls.NodeKey;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.SystemTimeSource;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.sync.feed.ArenaRenewal;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.PeerService;
import org.realize.sync.port.TimeSource;
import org.realize.sync.service.HouseholdService;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.view.HouseholdView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * One node, running. Its parts are opened in the order in which they need each other: state,
 * arenas, peers, mount, control socket; and closed in reverse, so that nothing is asked of a part
 * that is closed. Used by one thread.
 */
public final class Daemon implements DaemonRunner {

  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  /** The part of the heap that keeps rows of the store, and the most of it. */
  private static final int ROW_CACHE_PART = 16;

  private static final long MAX_ROW_CACHE_BYTES = 32L << 20;

  @Override
  public void run(Configuration configuration, StopSignal stop, Runnable ready)
      throws RealizeException, InterruptedException {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Consumer<Throwable> onFailure =
        thrown -> {
          failure.compareAndSet(null, thrown);
          stop.request();
        };
    try (Closing closing = new Closing()) {
      open(configuration, stop, onFailure, closing);
      LOG.info("{} is ready", configuration.node().name());
      ready.run();
      stop.await();
      LOG.info("{} ends", configuration.node().name());
    }
    Throwable cause = failure.get();
    if (cause != null) {
      throw new StorageFailed("run the daemon: its store failed", cause);
    }
  }

  private static void open(
      Configuration configuration, StopSignal stop, Consumer<Throwable> onFailure, Closing closing)
      throws RealizeException, InterruptedException {
    NodeKey key = NodeKey.read(configuration.node().key());
    StateLock lock = closing.add("state lock", StateLock.acquire(configuration.node().state()));
    TimeSource time = new SystemTimeSource();
    Loops loops = new Loops(time);
    closing.add("size of the heap", IdleHeap.start(time, loops));
    GlobalStore global = closing.add("store", store(configuration, onFailure));
    Incarnations incarnations = Incarnations.opened(global, time, lock.place());

    KnownPeers known = new KnownPeers(configuration);
    StoreNames names =
        new StoreNames(configuration.node().name(), global, incarnations, known::names);
    LatePeers peers = new LatePeers(known, names);
    Path state = configuration.node().state();
    DownloadPool pool = new DownloadPool(DownloadLimits.DEFAULT);
    AuditLog audit = closing.add("audit log", AuditLog.open(state.resolve("audit.log")));
    HouseholdService service =
        new HouseholdService((peer, arena, paths, answer) ->
            audit.write(
                "arena %s: purged %,d files, %,d bytes, of %s from the trash for %s"
                    .formatted(arena, answer.files(), answer.bytes(), paths, peer)));
    Metrics metrics = closing.add("metrics", new Metrics());
    EventRing events = new EventRing(time);
    PausedPeers paused =
        closing.add("pauses of peers", new PausedPeers(global, peers, known, time));
    OpenArena.NodeParts shared =
        new OpenArena.NodeParts(
            names,
            global,
            peers,
            paused,
            pool,
            time,
            state,
            PrivateRoots.settled(configuration),
            NodeFiles.of(List.of(configuration.node().key(), state)),
            audit,
            metrics,
            events,
            loops);
    OpenArenas arenas = closing.add("arenas", new OpenArenas(configuration.arenas(), shared));
    ArenaRenewal renewal = new ArenaRenewal(global, incarnations, time);
    RenewingJudge judge = new RenewingJudge(incarnations, renewal, arenas::opened);
    MovableArenas movable = new MovableArenas(new Engagements(time, new SecureRandom()));
    Feeds feeds =
        closing.add("feeds", new Feeds(arenas::all, known, incarnations, time, loops, events));
    Admissions admissions = new Admissions(configuration, key, time, new SecureRandom());
    AddressBook addresses = closing.add("addresses of peers", AddressBook.open(state, time));
    PeerConnections connections =
        connections(
            configuration,
            known,
            key,
            judge,
            service,
            movable,
            feeds,
            admissions,
            addresses,
            time,
            loops);
    peers.become(connections);
    HouseholdView view = new HouseholdView(global, peers, names::name, time, () -> usage(state));
    arenas.offer(new OpenArenas.ArenaUsers(judge, service, movable, view, feeds));
    closing.add("connections", connections::close);
    connections.start();
    closing.add("watch of the clock", ClockWatch.start(incarnations, connections, time, loops));
    closing.add(
        "watch of the network", NetworkWatch.start(connections::networkChanged, time, loops));
    ProgramFetches fetches =
        new ProgramFetches(
            configuration.node().fetches(), view::pathOf, Path.of("/proc"), time, events);
    if (configuration.node().mount().isPresent()) {
      closing.add("mount", mount(view, configuration.node().mount().get(), fetches));
    }
    arenas.start();
    paused.watch(pauses(arenas), loops);
    HouseholdMetrics.register(metrics, connections);
    AtomicReference<@Nullable Dashboard> dashboard = new AtomicReference<>();
    LiveConfiguration live =
        new LiveConfiguration(configuration, known, arenas, feeds, connections);
    admissions.open(joined(live, arenas, connections));
    closing.add("joins", admissions::close);
    MoveEnds ends = new MoveEnds(live::latest, known, movable, connections, global, time);
    Moves moves = closing.add("moves", new Moves(ends, time));
    RunningNode node =
        new RunningNode(
            configuration.node(),
            key,
            names,
            new RunningNode.NodeFigures(
                service::servedBytes,
                global::diskTrouble,
                loops,
                fetches,
                events,
                () -> Optional.ofNullable(dashboard.get())),
            time);
    NodePeers nodePeers = new NodePeers(known, connections, paused, admissions);
    RunningHousehold household = new RunningHousehold(node, nodePeers, arenas, live, moves, stop);
    NoticeSettings notices = configuration.node().notices();
    StandingConditions standing =
        new StandingConditions(global, notices.standing(), state, Daemon::usage);
    closing.add(
        "watch of the status", StatusWatch.start(household::status, standing, events, time, loops));
    notice(configuration.node(), events, time, loops, closing);
    Dashboard.DashboardParts shown = new Dashboard.DashboardParts(household, metrics);
    dashboard.set(dashboard(configuration, shown, time, closing));
    closing.add("handler of SIGHUP", HangUp.handledBy(() -> reload(live, admissions)));
    closing.add("control socket", ControlServer.start(configuration.node().control(), household));
    global.ready();
  }

  private static void notice(
      NodeSettings node, EventRing events, TimeSource time, Loops loops, Closing closing) {
    List<String> command = node.notices().program();
    if (!command.isEmpty()) {
      NoticeProgram program = new NoticeProgram(command, NoticeProgram.LONGEST_RUN);
      closing.add("notices", NoticeFeed.start("notices", events, program, time, loops));
    }
    if (node.notices().webhook().isPresent()) {
      NoticeWebhook webhook =
          new NoticeWebhook(
              node.notices().webhook().get(), node.name(), time, NoticeWebhook.DEADLINE);
      closing.add("webhook", NoticeFeed.start("webhook", events, webhook, time, loops));
    }
  }

  private static Admissions.JoinedNode joined(
      LiveConfiguration live, OpenArenas arenas, PeerConnections connections) {
    return new Admissions.JoinedNode() {
      @Override
      public List<OfferedArena> offered() throws RealizeException {
        return Admissions.offered(arenas);
      }

      @Override
      public List<HostPort> listening() {
        return connections.listening();
      }

      @Override
      public void reload() throws RealizeException {
        live.reloadPeers();
      }

      @Override
      public void cutRevoked() {
        connections.reload();
      }

      @Override
      public void exchangeMembers() throws InterruptedException {
        connections.exchangeMembers();
      }
    };
  }

  private static void reload(LiveConfiguration live, Admissions admissions) {
    try {
      List<String> waiting = live.reload();
      admissions.follow();
      LOG.info(
          "configuration read{}",
          waiting.isEmpty() ? "" : "; from the next start counts " + String.join(", ", waiting));
    } catch (RealizeException e) {
      LOG.error("reload: {}", e.oneLine());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static PausedPeers.PauseListener pauses(OpenArenas arenas) {
    return new PausedPeers.PauseListener() {
      @Override
      public void paused() {
        arenas.all().forEach(arena -> arena.work().stopFetches());
      }

      @Override
      public void resumed() {
        arenas.all().forEach(arena -> arena.work().connected());
      }
    };
  }

  /** The dashboard; null for none. */
  private static @Nullable Dashboard dashboard(
      Configuration configuration, Dashboard.DashboardParts shown, TimeSource time, Closing closing)
      throws RealizeException {
    Optional<HostPort> place = configuration.node().dashboard();
    if (place.isEmpty()) {
      return null;
    }
    Path file = configuration.node().state().resolve("dashboard.token");
    SecureRandom random = new SecureRandom();
    AccessToken token = AccessToken.readOrMake(file, random);
    Dashboard dashboard =
        closing.add("dashboard", Dashboard.start(place.get(), token, shown, random, time));
    LOG.info("dashboard at http://{}/, its token in {}", dashboard.address(), token.file());
    return dashboard;
  }

  private static GlobalStore store(Configuration configuration, Consumer<Throwable> onFailure)
      throws RealizeException {
    StoreSettings store = configuration.store();
    return IgniteGlobalStore.open(
        configuration.node().state().resolve("store"),
        new IgniteGlobalStore.GlobalStoreSettings(
            store.durability(),
            store.memory().bytes(),
            Math.min(MAX_ROW_CACHE_BYTES, Runtime.getRuntime().maxMemory() / ROW_CACHE_PART)),
        new SecureRandom(),
        onFailure);
  }

  private static PeerConnections connections(
      Configuration configuration,
      KnownPeers known,
      NodeKey key,
      HelloJudge judge,
      PeerService service,
      MovableArenas movable,
      PeerEvents events,
      Admissions admissions,
      AddressBook addresses,
      TimeSource time,
      Loops loops) {
    SecureRandom random = new SecureRandom();
    return new PeerConnections(
        new PeerConnections.Parts(
            configuration.node().name().toString(),
            key,
            configuration.node().listen(),
            known,
            judge,
            service,
            movable,
            events,
            admissions,
            addresses,
            Resolver.SYSTEM,
            time,
            ZoneId.systemDefault(),
            random,
            random,
            loops));
  }

  private static Mount mount(HouseholdView view, MountSettings settings, ProgramFetches fetches)
      throws RealizeException, InterruptedException {
    try {
      Files.createDirectories(settings.path());
    } catch (IOException e) {
      LOG.debug("the mount point may be a dead mount of ours: {}", e.toString());
    }
    return Mount.open(
        view,
        MountOptions.at(
            settings.path(),
            settings.driver(),
            settings.owner(),
            settings.allowOther(),
            settings.events(),
            fetches));
  }

  private static DiskUsage usage(Path state) throws StorageFailed {
    try {
      return new LocalDisk(state).usage();
    } catch (IOException e) {
      throw new StorageFailed("ask how much room " + state + " has", e);
    }
  }
}
