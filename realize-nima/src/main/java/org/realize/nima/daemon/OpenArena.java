package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.PauseTimes;
import org.realize.nima.config.PrivateRoots;
import org.realize.nima.config.Rate;
import org.realize.nima.control.ArenaPhase;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.observe.AuditLog;
import org.realize.nima.observe.EventRing;
import org.realize.nima.observe.Metrics;
import org.realize.store.blob.SparseBlobStore;
import org.realize.store.disk.DiskPriority;
import org.realize.store.disk.InotifyChangeSource;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.LocalEditableDisk;
import org.realize.store.disk.RootProbe;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.branch.Branches;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.engine.BranchCompletion;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.Engine;
import org.realize.sync.engine.EventLog;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.engine.Job;
import org.realize.sync.engine.LargeFiles;
import org.realize.sync.engine.LostFiles;
import org.realize.sync.engine.LostSides;
import org.realize.sync.engine.NewestWins;
import org.realize.sync.engine.PauseSchedule;
import org.realize.sync.engine.PauseState;
import org.realize.sync.engine.Scrub;
import org.realize.sync.engine.SyncJob;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.engine.TrashExpiry;
import org.realize.sync.engine.TrashRestore;
import org.realize.sync.engine.Unrealizing;
import org.realize.sync.engine.Unrealizing.FileExcess;
import org.realize.sync.engine.Upkeep;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.feed.FeedReceiver;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.index.HasherThreads;
import org.realize.sync.index.HintListener;
import org.realize.sync.index.IgnoredNames;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.index.PerishableNames;
import org.realize.sync.index.RealWatcher;
import org.realize.sync.index.RequestedIndex;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MovableArena;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rate.TokenBucket;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.transfer.HitHistory;
import org.realize.sync.transfer.TransferCounters;
import org.realize.sync.view.DiskNodes;
import org.realize.sync.view.HouseholdView;
import org.realize.sync.view.RootParts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One arena with all its parts, open. */
final class OpenArena implements AutoCloseable {

  /** The parts that all arenas of a node share. */
  record NodeParts(
      StoreNames names,
      GlobalStore global,
      PeerDirectory peers,
      PeerDirectory ofJobs,
      DownloadPool pool,
      TimeSource time,
      Path state,
      PrivateRoots roots,
      OwnFiles own,
      AuditLog audit,
      Metrics metrics,
      EventRing events,
      Loops loops) {}

  private static final Logger LOG = LoggerFactory.getLogger(OpenArena.class);

  private final ArenaSettings settings;
  private final Arena arena;
  private final Downloader downloader;
  private final HitHistory hits;
  private final FeedPages feed;
  private final GlobalStore global;
  private final FeedReceiver receiver;
  private final Engine engine;
  private final SyncWork work;
  private final EventLog events;
  private final Loops registered;
  private final List<EngineLoop> loops = new CopyOnWriteArrayList<>();

  /** The loop of the jobs that no mark asks for, once it runs. */
  private final List<EngineLoop> background = new CopyOnWriteArrayList<>();

  private final @Nullable RootRelease release;
  private final @Nullable Places places;
  private final @Nullable PrivateFiles files;
  private final @Nullable WatchedRoot watched;
  private final @Nullable SafeDrop gate;
  private final PinGrantor pins;
  private final @Nullable MovableArena movable;
  private final RootIndex rootIndex;
  private final @Nullable RootParts parts;
  private final Scrub.ScrubListener damage;
  private final Closing closing;

  private OpenArena(ArenaSettings settings, NodeParts shared, Closing closing)
      throws RealizeException, IOException {
    this.settings = settings;
    this.closing = closing;
    this.registered = shared.loops();
    ArenaStore store = shared.global().arena(settings.name());
    Mark mark = settings.mark();
    CacheLimits limits = settings.cache().limits();
    files =
        settings.root().isPresent()
            ? null
            : PrivateFiles.open(shared.roots(), store, limits).orElse(null);
    Inode inode = store.read(ArenaReader::root);
    Path blobDirectory =
        Files.createDirectories(
            shared.state().resolve("blobs").resolve(Long.toString(inode.value())));
    BlobStore blobs =
        closing.add(
            "blobs of " + name(),
            SparseBlobStore.open(
                store,
                new LocalDisk(blobDirectory),
                blobDirectory,
                files == null ? limits : files.ofCache(),
                mark,
                shared.time()));
    LocalDisk disk =
        files != null ? files.disk() : settings.root().map(LocalDisk::new).orElse(null);
    release = disk == null ? null : new RootRelease(disk, store, shared.time());
    Real real = disk == null ? null : real(disk, store, shared.time());
    arena = new Arena(store, blobs, mark, shared.time(), real);
    downloader =
        closing.add(
            "downloads of " + name(),
            new Downloader(arena, shared.peers(), shared.ofJobs(), shared.pool()));
    damage = new DamageLog(name(), shared.audit(), shared.metrics(), shared.events());
    hits = new HitHistory(downloader.counters(), shared.time());
    feed = new FeedPages(store, mark, shared.time());
    global = shared.global();
    receiver =
        new FeedReceiver(store, mark, shared.time(), settings.isGuarded(), shared.names()::members);
    List<Job> jobs = new ArrayList<>();
    jobs.add(new BlobReaper(store, arena.blobs(), shared.time()));
    jobs.add(Upkeep.ofCache(arena.blobs(), hits));
    events = new EventLog(arena, new ArenaEvents(name(), shared.events()));
    jobs.add(events);
    if (disk == null || real == null) {
      places = null;
      watched = null;
      gate = null;
      movable = null;
      rootIndex = RootIndex.NONE;
      parts = null;
      pins = new PinGrantor(null, rootIndex, store, shared.global(), mark, shared.time());
    } else {
      ChangeSource changes = InotifyChangeSource.open(disk.root());
      places = places(disk, shared);
      DiskNodes nodes = new DiskNodes(store);
      Indexer indexer =
          indexer(
              new Indexer.Root(real, places, changes, settings.ignore(), shared.own(), nodes),
              shared);
      RealWatcher watching =
          closing.add(
              "watcher of " + name(),
              new RealWatcher(
                  name(),
                  indexer,
                  changes,
                  shared.time(),
                  RealWatcher.Timing.of(settings.debounce()),
                  shared.loops()));
      RequestedIndex index =
          new RequestedIndex(
              indexer,
              new IgnoredNames(disk, settings.ignore()),
              new PerishableNames(settings.perishable()),
              watching::request);
      WatchedRoot root = new WatchedRoot(real, disk, indexer, index, watching, shared.time());
      watched = root;
      rootIndex = root;
      parts =
          new RootParts(
              new LocalEditableDisk(disk),
              root,
              nodes,
              closing.add(
                  "branches of " + name(),
                  new Branches(real, store, downloader, shared.time(), StateLock.boot())),
              root);
      closing.add("root of " + name(), root);
      gate = new SafeDrop(real, indexer::require, store, shared.peers(), settings.minCopies());
      pins = new PinGrantor(disk, rootIndex, store, shared.global(), mark, shared.time());
      movable =
          real.isPrivate()
              ? null
              : new MovableArena(shared.names().self(), real, store, indexer::require, gate, pins);
      jobs.add(new TrashExpiry(real, indexer::isCertain));
      jobs.add(Upkeep.ofPins(gate));
    }
    WatchedRoot rooted = watched;
    jobs.add(
        new LostSides(
            arena,
            rootIndex,
            () -> rooted == null || rooted.isReady(),
            job -> background.forEach(loop -> loop.wake(job))));
    if (settings.newestWins()) {
      jobs.add(new NewestWins(arena, conflicts()));
    }
    engine = new Engine(name(), jobs, shared.time());
    work =
        new SyncWork(
            arena,
            rootIndex,
            shared.ofJobs(),
            downloader,
            schedule(settings.pause()),
            () -> loops.forEach(EngineLoop::wake));
  }

  /** The pauses of a timetable, by this machine's time zone. */
  static PauseSchedule schedule(PauseTimes times) {
    return millis ->
        times
            .end(Instant.ofEpochMilli(millis), ZoneId.systemDefault())
            .map(end -> end.equals(Instant.MAX) ? PauseState.FOR_EVER : end.toEpochMilli());
  }

  private Real real(LocalDisk disk, ArenaStore store, TimeSource time) throws RealizeException {
    boolean isPrivate = files != null;
    RootCapabilities can = isPrivate ? RootCapabilities.FULL : probe(disk);
    Real real = new Real(disk, can, store, time, isPrivate);
    closing.add("observed time of " + name(), () -> save(real));
    return real;
  }

  /** Saves the time that was observed; what is not saved counts as not observed. */
  private void save(Real real) throws RealizeException {
    if (watched == null || !watched.isBegun()) {
      return;
    }
    try {
      real.save();
    } catch (DiskFull e) {
      LOG.info("the observed time of {} is not saved: {}", name(), e.oneLine());
    }
  }

  private static RootCapabilities probe(LocalDisk disk) {
    return disk.isReleased() ? RootCapabilities.FULL : RootProbe.probeOrFull(disk.root());
  }

  static OpenArena open(ArenaSettings settings, NodeParts shared) throws RealizeException {
    Closing closing = new Closing();
    try {
      return new OpenArena(settings, shared, closing);
    } catch (IOException e) {
      closing.close();
      throw new StorageFailed("open arena " + settings.name(), e);
    } catch (RealizeException | RuntimeException e) {
      closing.close();
      throw e;
    }
  }

  private Places places(LocalDisk disk, NodeParts shared) throws RealizeException {
    Ownership ownership = new Ownership(name(), shared.global(), StateLock.machine());
    return new Places(disk, arena.store(), ownership, shared.time(), new SecureRandom());
  }

  private Indexer indexer(Indexer.Root root, NodeParts shared) throws RealizeException {
    HasherThreads hashers =
        closing.add("hashers of " + name(), new HasherThreads(settings.hashers()));
    return new Indexer(root, arena.store(), shared.global(), shared.time(), hashers);
  }

  ArenaName name() {
    return settings.name();
  }

  ArenaSettings settings() {
    return settings;
  }

  /**
   * Closes all that is open below the root, so that its disk can be unplugged; the work that marks
   * ask for is to be paused before. {@code TimedOut} if something stays open. Without a root it
   * does nothing.
   */
  void release() throws RealizeException, InterruptedException {
    if (release != null && watched != null && parts != null) {
      parts.branches().force(); // it may be mounted elsewhere next
      release.release();
      watched.watcher().touch(RelativePath.ROOT);
    }
  }

  /** Opens the root again, if it was released, and scans it. */
  void reopen() throws RealizeException {
    Real root = arena.root();
    if (release != null && watched != null && root != null && release.isReleased()) {
      release.reopen(root);
      watched.watcher().touch(RelativePath.ROOT);
    }
  }

  /** The arena's state, bytes and root. */
  Arena arena() {
    return arena;
  }

  ArenaStore store() {
    return arena.store();
  }

  BlobStore blobs() {
    return arena.blobs();
  }

  /** The arena's changes, for peers. */
  FeedPages feed() {
    return feed;
  }

  /** What its downloads took from where. */
  TransferCounters.CounterSnapshot downloaded() {
    return downloader.counters().snapshot();
  }

  /** How much of what was read came from the cache. */
  HitHistory hits() {
    return hits;
  }

  /** Keeps what is here against held changes. */
  void reject() throws RealizeException {
    receiver.held().reject(global);
  }

  FeedReceiver receiver() {
    return receiver;
  }

  /** A job on the files at and below {@code top}. */
  FilesJob filesJob(FilesJob.Task task, RelativePath top, FilesJob.FilesListener listener)
      throws RealizeException {
    return new FilesJob(verifier(Throttle.NONE), downloader, damage, task, top, listener);
  }

  private ContentVerifier verifier(Throttle throttle) {
    return new ContentVerifier(arena, downloader, rootIndex, throttle);
  }

  /** The arena as an end of moves; empty where it has no root. */
  Optional<MovableArena> movable() {
    return Optional.ofNullable(movable);
  }

  /** The log of what its user should know. */
  EventLog events() {
    return events;
  }

  /** The marks of its paths. */
  ArenaMarks marks() {
    return new ArenaMarks(arena, new PathMarks(arena, rootIndex));
  }

  /** Paths that several peers have changed at once. */
  Conflicts conflicts() {
    return new Conflicts(arena, rootIndex, global);
  }

  /** The reader of what their versions hold. */
  VersionPreviewer previewer() {
    return new VersionPreviewer(arena, downloader);
  }

  /** Files that nobody is known to have the bytes of. */
  LostFiles lostFiles() {
    return new LostFiles(arena, global);
  }

  /** The way back from the trash; fails where the arena has no root. */
  TrashRestore restore() throws RealizeException {
    return new TrashRestore(arena, root(), rootIndex, global);
  }

  /** The root; fails where the arena has none. */
  Real root() throws RealizeException {
    Real root = arena.root();
    if (root == null) {
      throw new RealizeException.Invalid("arena " + name() + " has no root, and so no trash");
    }
    return root;
  }

  /** The work of the index; empty if nothing is known to have changed that is not indexed. */
  Optional<ArenaPhase> indexing() throws RealizeException {
    RealWatcher.IndexProgress index =
        watched == null || !watched.isBegun() ? null : watched.watcher().progress();
    if (index == null || index.isIdle()) {
      return Optional.empty();
    }
    if (index.isScanning()) {
      long known = index.isFirst() ? -1 : arena.store().read(ArenaReader::totals).realFiles();
      return Optional.of(new ArenaPhase(PhaseKind.SCANNING, null, index.files(), known));
    }
    return Optional.of(
        index.hashing() > 0
            ? new ArenaPhase(PhaseKind.HASHING, null, 0, index.hashing())
            : ArenaPhase.of(PhaseKind.SETTLING));
  }

  /** Throws while the root is not certainly the one that was indexed. */
  void checkRoot() throws RealizeException {
    rootIndex.check(RelativePath.ROOT);
  }

  /** The promises to peers. */
  PinGrantor pins() {
    return pins;
  }

  /** Accepts a place in doubt as it is, and scans it. */
  void confirm(RelativePath place) throws RealizeException {
    if (places != null && watched != null) {
      places.confirm(place);
      watched.watcher().touch(place);
    }
  }

  /** Takes over the root, which is in doubt, and scans it. */
  void adopt() throws RealizeException {
    if (places == null || watched == null) {
      throw new RealizeException.Invalid("adopt the root of " + name() + ": it has none");
    }
    places.adopt();
    watched.watcher().touch(RelativePath.ROOT);
  }

  /**
   * Begins to look at the Real, and all other work of the arena, each on a thread of its own: the
   * background jobs, the work that marks ask for, large files, which hold up no small ones, and the
   * scrub, which leaves the disk to all others.
   */
  void start() throws RealizeException {
    if (watched != null && (files == null || files.isUsed())) {
      watched.start();
    }
    background.add(run("engine of " + name(), engine, () -> {}));
    List<Job> slow = new ArrayList<>(List.of(new LargeFiles(work)));
    if (gate != null) {
      slow.add(new Unrealizing(work, gate, excess()));
    }
    SyncJob small = new SyncJob(work, () -> watched == null || watched.isKnown());
    loops.add(run("sync of " + name(), alone(List.of(small)), () -> {}));
    loops.add(run("large files of " + name(), alone(slow), () -> {}));
    if (parts != null && watched != null) {
      watched.onBegin(() -> complete(parts.branches()));
    }
    Optional<Rate> rate = settings.cache().scrub();
    if (rate.isPresent()) {
      TokenBucket throttle = new TokenBucket(rate.get()::bytesPerSecond, arena.time());
      Scrub scrub = new Scrub(verifier(throttle), damage);
      run("scrub of " + name(), alone(List.of(scrub)), DiskPriority::idle);
    }
  }

  /** What files have to give up. */
  private FileExcess excess() {
    Real root = arena.root();
    PrivateFiles counted = files;
    return counted == null || root == null
        ? FileExcess.ALL
        : () -> counted.excessBytes(root.leavingBytes());
  }

  private EngineLoop complete(Branches branches) {
    BranchCompletion completion = new BranchCompletion(branches);
    EngineLoop loop = loop("branches of " + name(), alone(List.of(completion)), () -> {});
    branches.onDue(() -> loop.wake(completion));
    return loop;
  }

  private Engine alone(List<Job> jobs) {
    return new Engine(name(), jobs, arena.time());
  }

  private EngineLoop run(String name, Engine jobs, Runnable prologue) {
    return closing.add(name, loop(name, jobs, prologue));
  }

  private EngineLoop loop(String name, Engine jobs, Runnable prologue) {
    return EngineLoop.start(name, List.of(jobs), prologue, registered);
  }

  /** The work that marks ask for. */
  SyncWork work() {
    return work;
  }

  /** Shows the arena in {@code view}, which programs may change if it has a root. */
  void show(HouseholdView view) throws RealizeException {
    if (watched == null || parts == null) {
      HintListener ignored = view.attach(arena, downloader);
    } else {
      watched.watcher().addListener(view.attach(arena, downloader, parts));
    }
  }

  @Override
  public void close() {
    closing.close();
  }
}
