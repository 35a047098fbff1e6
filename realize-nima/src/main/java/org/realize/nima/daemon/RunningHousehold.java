package org.realize.nima.daemon;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.CacheLimit;
import org.realize.nima.config.ConfigurationFile.KeyChange;
import org.realize.nima.config.HostPort;
import org.realize.nima.config.NamedTable;
import org.realize.nima.config.Nearest;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.config.Rate;
import org.realize.nima.config.Rates;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheOrder;
import org.realize.nima.control.CacheStatus;
import org.realize.nima.control.ConflictOrder;
import org.realize.nima.control.ConflictReport;
import org.realize.nima.control.CopyQuery;
import org.realize.nima.control.CopyReport;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.FilePage;
import org.realize.nima.control.FileQuery;
import org.realize.nima.control.Household;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.Invite;
import org.realize.nima.control.JobEvent;
import org.realize.nima.control.JobOrder;
import org.realize.nima.control.JobStatus;
import org.realize.nima.control.LimitReport;
import org.realize.nima.control.LimitReport.ArenaLimits;
import org.realize.nima.control.LimitReport.PeerLimits;
import org.realize.nima.control.MarkOrder;
import org.realize.nima.control.MarkStatus;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.MoveOrder;
import org.realize.nima.control.PauseOrder;
import org.realize.nima.control.PeerStatus;
import org.realize.nima.control.PinStatus;
import org.realize.nima.control.PreviewQuery;
import org.realize.nima.control.ProgramFetch;
import org.realize.nima.control.StopSignal;
import org.realize.nima.control.SyncEvent;
import org.realize.nima.control.TrashOrder;
import org.realize.nima.control.TrashOrder.TrashAction;
import org.realize.nima.control.VersionChoice;
import org.realize.nima.control.VersionPreview;
import org.realize.nima.control.VersionQuery;
import org.realize.nima.control.VersionReport;
import org.realize.nima.rpc.PeerConnections;
import org.realize.nima.rpc.PeerState;
import org.realize.sync.engine.OpenWork;
import org.realize.sync.engine.PauseState;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Totals;
import org.realize.sync.real.Real;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.transfer.TransferCounters;

/**
 * The {@link Household} of the running daemon: the answers to commands. Thread-safe: its parts are.
 */
final class RunningHousehold implements Household {

  /** Findings that are read to be counted. */
  private static final int MAX_COUNTED = 100_000;

  /** Cached files that are named, of each list. */
  private static final int MAX_CACHED = 10;

  /** Paths with work that are listed, of each arena and state. */
  private static final int MAX_JOBS = 1_000;

  private final RunningNode node;
  private final NodePeers nodePeers;
  private final OpenArenas arenas;
  private final LiveConfiguration live;
  private final PeerConnections peers;
  private final Moves moves;
  private final StopSignal stop;

  RunningHousehold(
      RunningNode node,
      NodePeers nodePeers,
      OpenArenas arenas,
      LiveConfiguration live,
      Moves moves,
      StopSignal stop) {
    this.node = node;
    this.nodePeers = nodePeers;
    peers = nodePeers.connections();
    this.arenas = arenas;
    this.live = live;
    this.moves = moves;
    this.stop = stop;
  }

  @Override
  public HouseholdStatus status() throws RealizeException {
    List<ArenaStatus> arenaStatuses = new ArrayList<>();
    for (OpenArena arena : arenas.all()) {
      arenaStatuses.add(status(arena));
    }
    return node.status(
        peers.listening().stream().map(Object::toString).toList(),
        peers.status().stream().map(this::status).toList(),
        arenaStatuses);
  }

  private PeerStatus status(org.realize.nima.rpc.LinkStatus peer) {
    @Nullable String configured =
        nodePeers
            .known()
            .byName(peer.name())
            .map(PeerSettings::addresses)
            .filter(addresses -> !addresses.isEmpty())
            .map(addresses -> addresses.getFirst().toString())
            .orElse(null);
    Rates rates = peers.limits(peer.name());
    @Nullable Rates limits = rates.equals(Rates.UNLIMITED) ? null : rates;
    return switch (peer.state()) {
      case PeerState.Connected up ->
          new PeerStatus(
              peer.name(),
              peer.key().fingerprint(),
              true,
              up.address(),
              heard(peer),
              Instant.ofEpochMilli(up.sinceMillis()),
              null,
              limits,
              pausedUntil(peer.name()),
              up.clockAhead().map(Duration::toMillis).orElse(null));
      case PeerState.Dialling(String error) -> away(peer, limits, configured, error);
      case PeerState.Waiting(_, String error) -> away(peer, limits, configured, error);
      case PeerState.Awaited(String error) -> away(peer, limits, configured, error);
      case PeerState.Disconnected _ -> away(peer, limits, configured, "disconnected by command");
    };
  }

  private List<String> heard(org.realize.nima.rpc.LinkStatus peer) {
    return peers.heardAddresses(peer.key()).stream().map(HostPort::toString).toList();
  }

  private @Nullable Instant pausedUntil(PeerName peer) {
    return nodePeers.paused().until(peer).map(Instant::ofEpochMilli).orElse(null);
  }

  private PeerStatus away(
      org.realize.nima.rpc.LinkStatus peer,
      @Nullable Rates limits,
      @Nullable String address,
      String error) {
    return new PeerStatus(
        peer.name(),
        peer.key().fingerprint(),
        false,
        address,
        heard(peer),
        null,
        error.isEmpty() ? null : error,
        limits,
        pausedUntil(peer.name()),
        null);
  }

  private ArenaStatus status(OpenArena arena) throws RealizeException {
    Totals totals = arena.store().read(ArenaReader::totals);
    Real root = arena.arena().root();
    List<Finding> findings = arena.store().read(reader -> reader.findings(MAX_COUNTED));
    return new ArenaStatus(
        arena.name(),
        arena.settings().root().map(Object::toString).orElse(null),
        arena.store().read(arena.arena()::marks).of(RelativePath.ROOT),
        totals.files(),
        totals.bytes(),
        arena.blobs().cachedBytes(),
        arena.blobs().report(),
        totals.realFiles(),
        totals.realBytes(),
        totals.conflicts(),
        arena.work().figures(),
        ArenaSync.known(arena, nodePeers.known(), peers).now(),
        arena.work().userPause().until().map(Instant::ofEpochMilli).orElse(null),
        arena.events().onlyHere().orElse(null),
        root == null ? 0 : root.trashBytes(),
        transfers(arena.downloaded()),
        ArenaStatus.FindingCounts.of(findings),
        findings.subList(0, Math.min(findings.size(), ArenaStatus.MAX_FINDINGS)));
  }

  private static ArenaStatus.Transfers transfers(TransferCounters.CounterSnapshot counts) {
    return new ArenaStatus.Transfers(
        counts.bytesFromPeers(), counts.bytesReused(), counts.bytesPatched());
  }

  @Override
  public List<CacheStatus> caches() throws RealizeException {
    List<CacheStatus> caches = new ArrayList<>();
    for (OpenArena arena : arenas.all()) {
      caches.add(
          new CacheStatus(
              arena.name(),
              arena.blobs().cachedBytes(),
              arena.blobs().report(),
              ratio(arena, Duration.ofHours(1)),
              ratio(arena, Duration.ofDays(1)),
              named(arena, arena.blobs().hottest(MAX_CACHED)),
              named(arena, arena.blobs().next(MAX_CACHED))));
    }
    return caches;
  }

  @Override
  public List<String> inspect() throws RealizeException {
    List<String> findings = new ArrayList<>();
    for (OpenArena arena : arenas.all()) {
      for (String finding : arena.blobs().inspect()) {
        findings.add("arena %s: %s".formatted(arena.name(), finding));
      }
    }
    return findings;
  }

  private static @Nullable Double ratio(OpenArena arena, Duration last) {
    OptionalDouble ratio = arena.hits().ratio(last);
    return ratio.isPresent() ? ratio.getAsDouble() : null;
  }

  private static List<CacheStatus.CachedFile> named(OpenArena arena, List<BlobStore.Cached> blobs)
      throws RealizeException {
    List<CacheStatus.CachedFile> files = new ArrayList<>();
    for (BlobStore.Cached blob : blobs) {
      List<RelativePath> paths =
          arena.store().read(reader -> reader.blobReferences(blob.hash(), 1));
      String name = paths.isEmpty() ? blob.hash().toString() : paths.getFirst().toString();
      files.add(new CacheStatus.CachedFile(name, blob.bytes(), blob.area(), blob.units()));
    }
    return files;
  }

  @Override
  public String dashboardLink() throws RealizeException {
    return node.dashboardLink();
  }

  @Override
  public void stop() {
    stop.request();
  }

  @Override
  public void connect(PeerName peer) throws RealizeException {
    peers.connect(peer);
  }

  @Override
  public Invite invite(List<String> addresses) throws RealizeException {
    List<HostPort> named;
    try {
      named = addresses.stream().map(HostPort::ofPeer).toList();
    } catch (IllegalArgumentException e) {
      throw new Invalid("invite", e);
    }
    return nodePeers.admissions().invite(named, peers.listening());
  }

  @Override
  public List<MemberStatus> members() throws RealizeException {
    return nodePeers.admissions().list();
  }

  @Override
  public void revoke(PeerName peer) throws RealizeException {
    try {
      nodePeers.admissions().revoke(peer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TimedOut("revoke " + peer + ": interrupted");
    }
  }

  @Override
  public void removePeer(PeerName peer) throws RealizeException {
    nodePeers.admissions().edit(file -> file.remove(NamedTable.of(peer)));
    reload();
  }

  @Override
  public LimitReport limits() {
    return new LimitReport(
        live.latest().peers().stream().map(RunningHousehold::limits).toList(),
        live.latest().arenas().stream().map(RunningHousehold::limits).toList());
  }

  private static PeerLimits limits(PeerSettings peer) {
    Rates base = peer.limit().base();
    return new PeerLimits(peer.name(), text(base.up()), text(base.down()));
  }

  private static String text(Rate rate) {
    return rate.isUnlimited() ? "" : rate.toString();
  }

  private static ArenaLimits limits(ArenaSettings arena) {
    return new ArenaLimits(
        arena.name(),
        arena.cache().max().map(CacheLimit::text).orElse(""),
        arena.cache().leave().map(CacheLimit::text).orElse(""));
  }

  @Override
  public void limitPeer(PeerLimits limits) throws RealizeException {
    PeerLimits before =
        limits().peers().stream()
            .filter(each -> each.peer().equals(limits.peer()))
            .findFirst()
            .orElseThrow(() -> new NotFound("set limits: no peer '" + limits.peer() + "' here"));
    List<KeyChange> changes = new ArrayList<>();
    addChange(changes, "limit.up", before.up(), limits.up());
    addChange(changes, "limit.down", before.down(), limits.down());
    set(NamedTable.of(limits.peer()), changes);
  }

  @Override
  public void limitArena(ArenaLimits limits) throws RealizeException {
    ArenaLimits before =
        limits().arenas().stream()
            .filter(each -> each.arena().equals(limits.arena()))
            .findFirst()
            .orElseThrow(() -> new NotFound("set limits: no arena '" + limits.arena() + "' here"));
    List<KeyChange> changes = new ArrayList<>();
    addChange(changes, "cache.max", before.max(), limits.max());
    addChange(changes, "cache.leave", before.leave(), limits.leave());
    set(NamedTable.of(limits.arena()), changes);
  }

  /** What is not changed stays as the user wrote it. */
  private static void addChange(List<KeyChange> changes, String key, String before, String now) {
    if (!before.equals(now.strip())) {
      changes.add(KeyChange.ofText(key, now.strip()));
    }
  }

  private void set(NamedTable table, List<KeyChange> changes) throws RealizeException {
    if (!changes.isEmpty()) {
      nodePeers.admissions().edit(file -> file.set(table, changes));
      reload();
    }
  }

  @Override
  public void disconnect(PeerName peer) throws RealizeException {
    peers.disconnect(peer);
  }

  @Override
  public List<String> reload() throws RealizeException {
    try {
      List<String> waiting = live.reload();
      nodePeers.admissions().follow();
      return waiting;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TimedOut("reload: interrupted");
    }
  }

  @Override
  public void confirm(ArenaName arena, RelativePath place) throws RealizeException {
    OpenArena confirmed = arena("confirm", arena);
    confirmed.confirm(place); // first: where that is refused, what is held stays held
    if (place.isRoot()) {
      confirmed.receiver().held().confirm();
    }
  }

  @Override
  public void adopt(ArenaName arena) throws RealizeException {
    arena("adopt", arena).adopt();
  }

  @Override
  public void reject(ArenaName arena) throws RealizeException {
    arena("reject", arena).reject();
  }

  @Override
  public void move(MoveOrder order, Events<MoveEvent> events)
      throws RealizeException, InterruptedException {
    moves.run(order, events);
  }

  @Override
  public void cache(CacheOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    Map<ArenaName, CachedFiles.Jobs> jobs = new LinkedHashMap<>();
    arenas.all().forEach(arena -> jobs.put(arena.name(), arena::filesJob));
    new CachedFiles(order, jobs, new WorkProgress(events, node.time())).run();
  }

  @Override
  public void forget(ArenaName arena, RelativePath path) throws RealizeException {
    arena("forget", arena)
        .store()
        .write(writer -> {
          PathState state =
              writer
                  .path(path)
                  .orElseThrow(() -> new NotFound("forget '" + path + "': not in " + arena));
          if (state.real() == null) {
            throw new Invalid("forget '" + path + "' of " + arena + ": not a file of this peer");
          }
          writer.put(LocalRules.dropped(state, writer.nextSeq()));
        });
  }

  @Override
  public List<MarkStatus> marks(MarkOrder order) throws RealizeException {
    Map<OpenArena, List<RelativePath>> paths = byArena(order.paths());
    for (Map.Entry<OpenArena, List<RelativePath>> each : paths.entrySet()) {
      each.getKey().marks().check(order.action(), each.getValue());
    }
    List<MarkStatus> marks = new ArrayList<>();
    for (Map.Entry<OpenArena, List<RelativePath>> each : paths.entrySet()) {
      marks.addAll(each.getKey().marks().run(order, each.getValue()));
    }
    return marks;
  }

  @Override
  public ConflictReport conflicts(ConflictOrder order) throws RealizeException {
    ConflictQuery query = new ConflictQuery(order, node.names(), node.time());
    for (Map.Entry<OpenArena, List<RelativePath>> each : byArena(order.paths()).entrySet()) {
      OpenArena arena = each.getKey();
      query.find(arena.arena(), arena.conflicts(), each.getValue());
    }
    return query.run();
  }

  @Override
  public VersionReport versions(VersionQuery query) throws RealizeException {
    VersionLister lister = new VersionLister(query.withCurrent(), new ContentHolders(node.names()));
    for (Map.Entry<OpenArena, List<RelativePath>> each : byArena(query.paths()).entrySet()) {
      lister.add(each.getKey().arena(), each.getValue());
    }
    return lister.report();
  }

  @Override
  public void trash(TrashOrder order, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    boolean isOfAll = order.action() == TrashAction.PURGE_HOUSEHOLD;
    WorkProgress progress = new WorkProgress(events, node.time());
    TrashWork work = new TrashWork(order, progress);
    Map<OpenArena, List<RelativePath>> paths = byArena(order.paths());
    for (Map.Entry<OpenArena, List<RelativePath>> each : paths.entrySet()) {
      OpenArena arena = each.getKey();
      if (!isOfAll || arena.arena().root() != null) {
        work.find(arena.name(), arena.restore(), arena.root().trashed(), each.getValue());
      }
    }
    work.run(() -> {
      if (isOfAll) {
        HouseholdPurge purge = new HouseholdPurge(nodePeers, progress);
        for (Map.Entry<OpenArena, List<RelativePath>> each : paths.entrySet()) {
          purge.purge(each.getKey().name(), each.getValue());
        }
      }
    });
  }

  @Override
  public void useVersion(VersionChoice choice, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    ArenaPath path = choice.path();
    String digits = choice.version();
    if (digits.equals("deleted")) {
      removeLost(path, events);
      return;
    }
    if (!digits.matches("[0-9a-f]{4,64}")) {
      throw new Invalid(
          ("use '%s' of '%s': name four or more digits of a hash, or an id of the trash, as"
                  + " 'realize version list' does")
              .formatted(digits, path));
    }
    OpenArena arena = arena("use version", path.arena());
    Optional<Content.File> file = arena.conflicts().use(path.path(), digits);
    if (file.isPresent()) {
      WorkProgress progress = new WorkProgress(events, node.time());
      long bytes = file.get().sizeBytes();
      progress.expect(1, bytes);
      progress.run(() -> progress.worked(CacheEventKind.CHOSEN, path, bytes, null));
    } else if (digits.matches("[0-9]{1,18}") && arena.arena().root() != null) {
      long id = Long.parseLong(digits);
      trash(new TrashOrder(TrashAction.RESTORE, List.of(path), id, null), events);
    } else {
      throw new NotFound(
          "use '%s' of '%s': there is no such version; see 'realize version list'"
              .formatted(digits, path));
    }
  }

  private void removeLost(ArenaPath top, Events<CacheEvent> events)
      throws RealizeException, InterruptedException {
    OpenArena arena = arena("use version", top.arena());
    List<PathState> removed = arena.lostFiles().remove(top.path());
    WorkProgress progress = new WorkProgress(events, node.time());
    removed.forEach(state -> progress.expect(1, bytes(state)));
    progress.run(() -> {
      for (PathState state : removed) {
        ArenaPath path = new ArenaPath(top.arena(), state.path());
        progress.worked(CacheEventKind.CHOSEN, path, bytes(state), "deleted: nobody has its bytes");
      }
    });
  }

  private static long bytes(PathState state) {
    return state.shown().content() instanceof Content.File file ? file.sizeBytes() : 0;
  }

  @Override
  public CopyReport copies(CopyQuery query) throws RealizeException {
    CopyLister lister = new CopyLister(node.names(), query.atRisk());
    for (Map.Entry<OpenArena, List<RelativePath>> each : byArena(query.paths()).entrySet()) {
      List<RelativePath> tops = each.getValue();
      for (RelativePath top : tops.isEmpty() ? List.of(RelativePath.ROOT) : tops) {
        lister.add(each.getKey().arena(), top);
      }
    }
    return lister.report();
  }

  @Override
  public void sync(List<ArenaName> names, Events<SyncEvent> events)
      throws RealizeException, InterruptedException {
    new SyncWait(named(names), nodePeers.known(), peers, node.time()).run(events);
  }

  /** The arenas of these names; of none, all. */
  private List<OpenArena> named(List<ArenaName> names) throws NotFound {
    List<OpenArena> named = new ArrayList<>();
    for (ArenaName name : names) {
      named.add(arena("sync", name));
    }
    return names.isEmpty() ? arenas.all() : named;
  }

  @Override
  public void pause(PauseOrder order) throws RealizeException {
    List<OpenArena> pausedArenas = new ArrayList<>();
    List<PeerName> pausedPeers = new ArrayList<>();
    for (String name : order.names()) {
      Optional<OpenArena> arena =
          arenas.all().stream().filter(each -> each.name().value().equals(name)).findFirst();
      if (arena.isPresent() && !order.ofPeers()) {
        pausedArenas.add(arena.get());
      } else {
        pausedPeers.add(peer(name, order));
      }
    }
    if (order.names().isEmpty()) {
      pausedArenas.addAll(arenas.all());
      pausedPeers.addAll(order.paused() ? List.of() : nodePeers.known().names());
    }
    if (order.release()) {
      checkRelease(pausedArenas, pausedPeers);
    }
    long end =
        order.seconds() == 0
            ? PauseState.FOR_EVER
            : node.time().unixMillis() + Duration.ofSeconds(order.seconds()).toMillis();
    for (OpenArena arena : pausedArenas) {
      if (order.paused()) {
        arena.work().userPause().begin(end);
      } else {
        arena.reopen();
        arena.work().userPause().end();
      }
    }
    if (order.release()) {
      release(pausedArenas);
    }
    for (PeerName peer : pausedPeers) {
      if (order.paused()) {
        nodePeers.paused().begin(peer, end);
      } else {
        nodePeers.paused().end(peer);
      }
    }
  }

  private static void checkRelease(List<OpenArena> released, List<PeerName> named)
      throws RealizeException {
    if (!named.isEmpty()) {
      throw new Invalid("release '%s': it is a peer, not an arena".formatted(named.getFirst()));
    }
    for (OpenArena arena : released) {
      if (arena.arena().root() == null) {
        throw new Invalid("release '%s': the arena has no root".formatted(arena.name()));
      }
    }
  }

  private static void release(List<OpenArena> released) throws RealizeException {
    try {
      for (OpenArena arena : released) {
        arena.work().awaitQuiet();
        arena.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TimedOut("release: interrupted");
    }
  }

  private PeerName peer(String name, PauseOrder order) throws NotFound {
    return nodePeers.known().names().stream()
        .filter(each -> each.value().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new NotFound(
                "%s '%s': no %s has this name"
                    .formatted(
                        order.paused() ? "pause" : "resume",
                        name,
                        order.ofPeers() ? "peer" : "arena and no peer")));
  }

  @Override
  public List<JobStatus> jobs(JobOrder order) throws RealizeException {
    List<JobStatus> jobs = new ArrayList<>();
    for (Map.Entry<OpenArena, List<RelativePath>> each : byArena(order.paths()).entrySet()) {
      List<RelativePath> tops = each.getValue();
      Predicate<RelativePath> wanted = below(tops);
      OpenWork work = new OpenWork(each.getKey().work());
      switch (order.action()) {
        case LIST -> {}
        case RETRY -> work.retry(wanted);
        case CANCEL -> work.cancel(tops);
      }
      for (OpenWork.OpenPath open : work.list(MAX_JOBS)) {
        if (wanted.test(open.path())) {
          jobs.add(
              new JobStatus(
                  each.getKey().name(),
                  open.path(),
                  open.kind(),
                  open.bytes(),
                  open.state(),
                  open.cause()));
        }
      }
    }
    return jobs;
  }

  /** True of what is at or below one of {@code tops}; of none, of all. */
  private static Predicate<RelativePath> below(List<RelativePath> tops) {
    return path -> tops.isEmpty() || tops.stream().anyMatch(top -> top.contains(path));
  }

  @Override
  public void watchJobs(List<ArenaPath> paths, Events<JobEvent> events)
      throws RealizeException, InterruptedException {
    JobWatch watch = new JobWatch(node.time());
    byArena(paths).forEach((arena, tops) -> watch.add(arena, below(tops)));
    watch.run(events);
  }

  /** The paths of each arena; of none, all arenas with none. */
  private Map<OpenArena, List<RelativePath>> byArena(List<ArenaPath> paths) throws NotFound {
    Map<OpenArena, List<RelativePath>> byArena = new LinkedHashMap<>();
    for (ArenaPath path : paths) {
      byArena
          .computeIfAbsent(arena("find " + path, path.arena()), _ -> new ArrayList<>())
          .add(path.path());
    }
    if (paths.isEmpty()) {
      arenas.all().forEach(arena -> byArena.put(arena, List.of()));
    }
    return byArena;
  }

  @Override
  public List<ProgramFetch> fetches() {
    return node.fetches().files();
  }

  @Override
  public FilePage files(FileQuery query) throws RealizeException {
    OpenArena arena = arena("list files", query.directory().arena());
    return new FileLister(arena.arena(), new ContentHolders(node.names())).page(query);
  }

  @Override
  public VersionPreview preview(PreviewQuery query) throws RealizeException, InterruptedException {
    return arena("show version", query.path().arena()).previewer().of(query);
  }

  @Override
  public EventPage events(EventQuery query) throws InterruptedException {
    return node.events().read(query);
  }

  @Override
  public List<PinStatus> pins() throws RealizeException {
    List<PinStatus> pins = new ArrayList<>();
    for (OpenArena arena : arenas.all()) {
      for (Pins.Pin pin : arena.pins().pins()) {
        pins.add(
            new PinStatus(
                arena.name(),
                pin.path().toString(),
                node.names().name(pin.dropper()),
                Instant.ofEpochMilli(pin.sinceMillis())));
      }
    }
    return pins;
  }

  @Override
  public void releasePins(ArenaName name, RelativePath path) throws RealizeException {
    if (arena("release pins", name).pins().release(path) == 0) {
      throw new NotFound("release pins of '%s/%s': it has none".formatted(name, path));
    }
  }

  private OpenArena arena(String action, ArenaName name) throws NotFound {
    Optional<OpenArena> arena = arenas.byName(name);
    if (arena.isEmpty()) {
      List<String> known = arenas.opened().stream().map(each -> each.name().value()).toList();
      throw new NotFound(
          "%s: no arena '%s' here%s".formatted(action, name, Nearest.hint(name.value(), known)));
    }
    return arena.get();
  }
}
