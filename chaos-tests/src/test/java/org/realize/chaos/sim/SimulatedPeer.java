package org.realize.chaos.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.store.blob.SparseBlobStore;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branches;
import org.realize.sync.engine.BranchCompletion;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.Job;
import org.realize.sync.engine.LargeFiles;
import org.realize.sync.engine.SyncJob;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.engine.Unrealizing;
import org.realize.sync.feed.ArenaRenewal;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.feed.FeedPuller;
import org.realize.sync.feed.FeedReceiver;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.IgnoredNames;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.NodeIds;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.move.Engagements;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.pin.SafeDrop;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge.Verdict;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.ApplyProtocol.OpenChanges;
import org.realize.sync.real.Doubt;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.rules.Marks;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.view.DiskNodes;
import org.realize.sync.view.RootRules;

/**
 * One machine: its disk, its state, which may both be copied, lost and brought back, and the
 * process over them, which may die at any commit.
 */
final class SimulatedPeer {

  static final ArenaName ARENA = new ArenaName("arena");

  /** Room in a cache for many small files, and for some of several blocks. */
  private static final long KEPT_BYTES = 1 << 19;

  /** State and disk as they were at some moment. */
  record Backup(
      MemoryGlobalStore.Snapshot state,
      SimulatedDisk disk,
      MemoryDisk blobs,
      boolean isScanned,
      int events) {}

  /** The state that exists only while the process runs. */
  private record Running(
      Incarnations incarnations,
      ArenaStore arena,
      FeedPages pages,
      FeedReceiver receiver,
      Engagements engagements,
      Places places,
      Indexer indexer,
      SafeDrop gate,
      PinGrantor pins,
      SimulatedCache cache,
      SyncWork work,
      List<Job> jobs,
      @Nullable Branches branches,
      Conflicts conflicts,
      Set<RelativePath> ignored,
      List<SimulatedDrop> drops) {}

  private final PeerName name;
  private final Script.Nature character;
  private final TimeSource time;
  private final Random random;
  private final FaultPoint faults = new FaultPoint();
  private final Map<PeerName, SimulatedLink> links = new TreeMap<>();
  private final Set<RelativePath> ignored = new TreeSet<>();

  /** The paths that a user ever marked. */
  private final Set<RelativePath> marked = new TreeSet<>();

  /** The paths that were ever on its disk, or that its user decided. */
  private final Set<RelativePath> own = new TreeSet<>();

  private MemoryGlobalStore state;
  private final Contents contents;
  private final Moves moves;

  private SimulatedDisk disk;

  /** Where the cache keeps its blobs. */
  private MemoryDisk blobs;

  private String machine;
  private @Nullable Running process;
  private @Nullable Backup backup;
  private boolean startedBefore;
  private boolean scanned;
  private boolean unbroken = true;

  /** The starts of the machine. */
  private int boots;

  /** Room for a few files, or for all. */
  private final long maxCacheBytes;

  SimulatedPeer(
      PeerName name,
      Script.Nature character,
      TimeSource time,
      Random random,
      Contents contents,
      Moves moves) {
    this.name = name;
    this.character = character;
    this.time = time;
    this.random = random;
    this.contents = contents;
    this.moves = moves;
    this.disk = new SimulatedDisk(contents, time);
    this.blobs = new MemoryDisk(time);
    this.state = new MemoryGlobalStore(random);
    this.machine = "machine of " + name;
    int files = Math.floorMod(state.identity().store().hashCode(), 5);
    long each = mark() == Mark.KEEP ? KEPT_BYTES : 4096;
    this.maxCacheBytes = files == 0 ? Long.MAX_VALUE : files * each;
  }

  PeerName name() {
    return name;
  }

  Script.Nature character() {
    return character;
  }

  FaultPoint faults() {
    return faults;
  }

  SimulatedDisk disk() {
    return disk;
  }

  Set<RelativePath> ignored() {
    return ignored;
  }

  MemoryGlobalStore state() {
    return state;
  }

  TimeSource time() {
    return time;
  }

  Map<PeerName, SimulatedLink> links() {
    return links;
  }

  boolean running() {
    return process != null;
  }

  /** The arena's own mark on this peer. */
  Mark mark() {
    return switch (character.role()) {
      case OWN -> Mark.OWN;
      case KEEP, KEEP_WITH_ROOT -> Mark.KEEP;
      case WATCH, WATCH_WITH_ROOT -> Mark.WATCH;
    };
  }

  // ---- the process

  /** Starts the process; does nothing when it runs. */
  void start() throws RealizeException {
    if (process != null) {
      return;
    }
    if (startedBefore) {
      state.restart();
    }
    startedBefore = true;
    FaultyGlobalStore global = new FaultyGlobalStore(state, faults);
    Incarnations incarnations = Incarnations.opened(global, time, machine);
    ArenaStore arena = global.arena(ARENA);
    new ArenaRenewal(global, incarnations, time).settle(arena);
    Ownership ownership = new Ownership(ARENA, global, "machine of " + name);
    boolean isMounted = character.isMounted() && character.rooted();
    Disk files = isMounted ? new FaultyRoot(disk.files(), faults) : disk.files();
    Places places = new Places(files, arena, ownership, time, random);
    Real real = new Real(files, RootCapabilities.FULL, arena, time);
    DiskNodes nodes = new DiskNodes(arena);
    List<String> patterns = ignored.stream().map(path -> "/" + path).toList();
    Indexer.Root indexed =
        new Indexer.Root(
            real,
            places,
            new NoChangeSource("the simulator scans"),
            patterns,
            OwnFiles.NONE,
            isMounted ? nodes : NodeIds.NONE);
    Indexer indexer = new Indexer(indexed, arena, global, time, Hashers.inline());
    PeerDirectory directory = () -> List.copyOf(links.values());
    FeedPages pages = new FeedPages(arena, mark(), time);
    RootIndex index =
        character.rooted()
            ? new ScannedRoot(indexer, new IgnoredNames(files, patterns))
            : RootIndex.NONE;
    Disk root = character.rooted() ? files : null;
    PinGrantor pins = new PinGrantor(root, index, arena, global, mark(), time);
    SimulatedCache cache = cache(real, arena, pages, pins, directory, global);
    SafeDrop gate = new SafeDrop(real, indexer::require, arena, directory, character.copies());
    SyncWork work = cache.work(index, directory);
    List<Job> jobs = new ArrayList<>(List.of(new SyncJob(work, () -> true), new LargeFiles(work)));
    if (character.rooted()) {
      jobs.add(new Unrealizing(work, gate, Unrealizing.FileExcess.ALL));
    }
    Branches branches =
        isMounted
            ? cache.mount(
                new SimulatedCache.MountedRoot(
                    new ScannedNames(indexer, index), nodes, index, name + " boot " + boots))
            : null;
    if (branches != null) {
      jobs.add(new BranchCompletion(branches));
    }
    process =
        new Running(
            incarnations,
            arena,
            pages,
            new FeedReceiver(arena, mark(), time, true, Set::of),
            new Engagements(time, new Random(incarnation().getLeastSignificantBits())),
            places,
            indexer,
            gate,
            pins,
            cache,
            work,
            jobs,
            branches,
            cache.conflicts(index, global),
            Set.copyOf(ignored),
            new ArrayList<>());
  }

  private SimulatedCache cache(
      Real real,
      ArenaStore store,
      FeedPages pages,
      PinGrantor pins,
      PeerDirectory directory,
      GlobalStore global)
      throws RealizeException {
    CacheLimits limits = new CacheLimits(_ -> maxCacheBytes, _ -> 0);
    BlobStore open = SparseBlobStore.open(store, blobs, null, limits, mark(), time);
    Real root = character.rooted() ? real : null;
    Arena arena = new Arena(store, open, mark(), time, root);
    return new SimulatedCache(name, arena, global, pages, pins, directory);
  }

  /** The root as programs' calls ask for it; what they change is found by the next scan. */
  private record ScannedNames(Indexer indexer, RootIndex index) implements RootRules {
    @Override
    public boolean isBegun() {
      return true;
    }

    @Override
    public void begin() {}

    @Override
    public boolean isDoubtful(RelativePath path) {
      return indexer.isDoubtful(path);
    }

    @Override
    public boolean ignores(RelativePath path) throws RealizeException {
      return index.ignores(path);
    }

    @Override
    public void opened(RelativePath path) {}

    @Override
    public void changed(RelativePath path) {}

    @Override
    public void removed(RelativePath path) {}
  }

  /** The root as the grantor of pins asks for it; moves have it scanned. */
  private record ScannedRoot(Indexer indexer, IgnoredNames ignored) implements RootIndex {
    @Override
    public void check(RelativePath path) throws RealizeException {
      indexer.require(path);
    }

    @Override
    public boolean ignores(RelativePath path) throws RealizeException {
      return ignored.contains(path);
    }

    @Override
    public void request(RelativePath path) {}
  }

  /**
   * The user accepts a root in doubt as it is. Returns true if the next scan is the first one after
   * a doubt.
   */
  boolean acceptRoot() throws RealizeException {
    Places places = process().places();
    places.observe();
    Optional<Doubt> doubt = places.doubt(RelativePath.ROOT);
    try {
      if (doubt.isPresent() && doubt.get().cause() == Doubt.Cause.OTHER_OWNER) {
        places.adopt();
      } else if (doubt.isPresent()) {
        places.confirm(RelativePath.ROOT);
      }
    } catch (Invalid | StorageFailed e) {
      if (!disk.isFull()) {
        throw e;
      }
    }
    return places.isUnsettled(RelativePath.ROOT);
  }

  /** Compares the disk with the index; returns the number of paths that a user had changed. */
  int scan() throws RealizeException, InterruptedException {
    int changes = process().indexer().scan().changes();
    scanned = true;
    return changes;
  }

  /** True once a scan was done under this state, or under the one that it is a copy of. */
  boolean isScanned() {
    return scanned;
  }

  /** True once this process, which runs, has looked at its whole root. */
  boolean isLookedAt() {
    try {
      requireRoot();
      return process().indexer().scanned();
    } catch (RealizeException notYet) {
      return false;
    }
  }

  /** Throws while the root is not certainly the arena's own. */
  void requireRoot() throws RealizeException {
    process().indexer().require(RelativePath.ROOT);
  }

  /** Takes a step of each job that the marks ask for; false if nothing is to be done now. */
  boolean work() throws RealizeException, InterruptedException {
    boolean isMore = false;
    for (Job job : process().jobs()) {
      isMore |= isMore(job);
    }
    return isMore;
  }

  private static boolean isMore(Job job) throws RealizeException, InterruptedException {
    try {
      return job.step().filter(Duration::isZero).isPresent();
    } catch (InDoubt | Unreachable _) {
      return false; // the engine tries again later
    }
  }

  /** True if a mark asks for the path's bytes here, also after a power cut. */
  boolean keeps(RelativePath path) throws RealizeException {
    MemoryArenaStore store = state.memoryArena(ARENA);
    return markOf(path) != Mark.WATCH
        && new Marks(mark(), store.readForced(ArenaReader::marks)).of(path) != Mark.WATCH;
  }

  /** A user gives a path a mark, or takes it away. */
  void mark(RelativePath path, @Nullable Mark mark) throws RealizeException {
    if (mark != null) {
      marked.add(path);
    }
    process()
        .arena()
        .write(writer -> {
          writer.putMark(path, mark);
        });
  }

  /** Notes that a path is on the disk, or that its user decided it. */
  void noteOwn(RelativePath path) {
    own.add(path);
  }

  /** True if the path was ever on the disk or decided here, or a mark ever asked for its bytes. */
  boolean mayAnnounce(RelativePath path) {
    return mark() != Mark.WATCH
        || own.contains(path)
        || marked.stream().anyMatch(top -> top.contains(path));
  }

  /** The mark that holds for a path. */
  Mark markOf(RelativePath path) throws RealizeException {
    return new Marks(mark(), state.memoryArena(ARENA).read(ArenaReader::marks)).of(path);
  }

  /** The paths on which the guard holds reports. */
  Set<RelativePath> held() throws RealizeException {
    return held("");
  }

  /** Those of {@link #held} that wait for the user's decision. */
  Set<RelativePath> asked() throws RealizeException {
    return held("arena reject");
  }

  private Set<RelativePath> held(String cause) throws RealizeException {
    Set<RelativePath> held = new TreeSet<>();
    for (Finding finding : state.memoryArena(ARENA).read(r -> r.findings(Integer.MAX_VALUE))) {
      if (finding.kind() == Finding.FindingKind.HELD && finding.cause().contains(cause)) {
        held.add(RelativePath.of(finding.subject()));
      }
    }
    return held;
  }

  /** The changes of its disk that the product has begun and not concluded. */
  OpenChanges openChanges() throws RealizeException {
    return state.memoryArena(ARENA).read(ApplyProtocol::open);
  }

  /** The user keeps what is here against what is held; returns the number of paths. */
  int reject() throws RealizeException {
    return receiver().held().reject(new FaultyGlobalStore(state, faults));
  }

  /**
   * True if this process ignores the path, or a directory above it, and no user ever marked it, or
   * one between them, or below it.
   */
  boolean ignores(RelativePath path) {
    return process().ignored().stream()
        .anyMatch(ignoredPath ->
            ignoredPath.contains(path)
                && marked.stream()
                    .filter(ignoredPath::contains)
                    .noneMatch(top -> top.contains(path) || path.contains(top)));
  }

  /** True if the index knows the file as the one that it is. */
  static boolean isIndexed(Optional<PathState> state, SimulatedDisk.Item item) {
    FileStat known = state.map(PathState::realStat).orElse(null);
    return known != null && known.sameFile(item.stat());
  }

  private UUID incarnation() {
    return state.identity().incarnations().getLast();
  }

  /** The process dies; what was committed stays. */
  void kill() {
    if (process != null) {
      faults.die();
      blobs.powerOffAfter(0);
      process.cache().abandon();
    }
    process = null;
    faults.disarm();
    blobs.kill();
    if (character.isMounted()) {
      disk.kill();
    }
    links.values().forEach(link -> link.end("stopped"));
    links.clear();
  }

  void powerCut() {
    kill();
    boots++;
    disk.powerCut(random);
    blobs.powerCut(random);
    state.powerCut(random);
  }

  /** True if its process cannot go on. */
  boolean isDead() {
    return faults.isDead() || !isOn(blobs);
  }

  private static boolean isOn(MemoryDisk disk) {
    try {
      return disk.usage().totalBytes() > 0;
    } catch (IOException off) {
      return false;
    }
  }

  /** The disk of the cache stops after so many effects. */
  void stopCacheAfter(int effects) {
    blobs.powerOffAfter(effects);
  }

  SimulatedCache cache() {
    return process().cache();
  }

  /** The contents that the cache has whole, by its table. */
  Set<ContentHash> cached() throws RealizeException {
    return whole(state.memoryArena(ARENA).read(ArenaReader::blobs));
  }

  /** Those of {@link #cached} that stay when the power is cut. */
  Set<ContentHash> cachedForSure() throws RealizeException {
    Set<ContentHash> whole = cached();
    whole.retainAll(whole(state.memoryArena(ARENA).readForced(ArenaReader::blobs)));
    return whole;
  }

  private static Set<ContentHash> whole(List<BlobRow> rows) {
    Set<ContentHash> whole = new TreeSet<>();
    for (BlobRow row : rows) {
      if (row.available().contains(0, row.sizeBytes())) {
        whole.add(row.hash());
      }
    }
    return whole;
  }

  boolean startedBefore() {
    return startedBefore;
  }

  FeedPages pages() {
    return process().pages();
  }

  FeedReceiver receiver() {
    return process().receiver();
  }

  ArenaStore arena() {
    return process().arena();
  }

  Engagements engagements() {
    return process().engagements();
  }

  /** What gives files up. */
  SafeDrop gate() {
    return process().gate();
  }

  /** The files that programs write to before all of them is here. */
  Branches branches() {
    return Objects.requireNonNull(process().branches());
  }

  /** True while programs can write to its files through a mount. */
  boolean isMounted() {
    return process != null && process.branches() != null;
  }

  /** The conflicts that its user can end. */
  Conflicts conflicts() {
    return process().conflicts();
  }

  /** What promises to keep files for others. */
  PinGrantor pins() {
    return process().pins();
  }

  /** A peer answered that it keeps a content until this one has dropped it. */
  void granted(SimulatedPeer grantor, Pinned pinned) throws RealizeException {
    moves.granted(this, grantor, pinned);
  }

  /** A peer died that this one had asked for a pin. */
  void unanswered(SimulatedPeer grantor, Pinned pinned) throws RealizeException {
    moves.unanswered(grantor, pinned);
  }

  /** True if neither its state nor its disk was ever lost, restored, copied or renewed. */
  boolean isUnbroken() {
    return unbroken;
  }

  /** The files that are being given up at this moment. */
  List<SimulatedDrop> drops() {
    return process().drops();
  }

  private Running process() {
    return Objects.requireNonNull(process, "not running");
  }

  /** All states of all names, as {@link #knowledge(List)}. */
  List<PathState> knowledge() throws RealizeException {
    return knowledge(contents.names());
  }

  /** States, read past the fault points; also of a peer that does not run. */
  List<PathState> knowledge(List<RelativePath> paths) throws RealizeException {
    List<PathState> all = new ArrayList<>();
    for (RelativePath path : paths) {
      state.memoryArena(ARENA).read(reader -> reader.path(path)).ifPresent(all::add);
    }
    return all;
  }

  /**
   * True if something was on the disk there, or is known to be deleted: what is made follows it.
   */
  boolean hasSeenRemoved(RelativePath path) {
    try {
      return knowledge(List.of(path)).stream()
          .anyMatch(known -> known.real() != null || known.shown().isTombstone());
    } catch (RealizeException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /** True if another content is shown than {@code content}, which the index has on the disk. */
  boolean isToBeReplaced(RelativePath path, Content content) {
    try {
      return knowledge(List.of(path)).stream()
          .anyMatch(state -> state.isReal(content) && !state.shown().content().equals(content));
    } catch (RealizeException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /**
   * True if a version is current that was made from {@code content} and is not under what is known
   * to be on the disk, as where a directory has taken its name.
   */
  boolean isReplacedBeside(RelativePath path, Content content) {
    try {
      return content instanceof Content.File file
          && knowledge(List.of(path)).stream()
              .filter(state -> state.real() != null)
              .anyMatch(state ->
                  NaiveMaxima.of(state).stream()
                      .filter(version -> file.hash().equals(version.basis()))
                      .anyMatch(version -> !isUnderReal(state, version)));
    } catch (RealizeException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static boolean isUnderReal(PathState state, Version version) {
    return state.real() != null
        && NaiveMaxima.covers(state.real().version().vector(), version.vector());
  }

  // ---- connections

  Hello hello(SimulatedPeer to) throws RealizeException {
    return process().incarnations().hello(to.name);
  }

  Verdict judge(SimulatedPeer from, Hello hello) throws RealizeException {
    return process().incarnations().judge(from.name, hello);
  }

  /** After the new identity: nothing goes on that was begun under the old one. */
  void settle() throws RealizeException {
    unbroken = false;
    links.values().forEach(link -> link.end("stopped"));
    links.clear();
    new ArenaRenewal(new FaultyGlobalStore(state, faults), process().incarnations(), time)
        .settle(process().arena());
  }

  /** True if this process can call the other one's, or is it. */
  boolean reaches(SimulatedPeer other) {
    SimulatedLink link = links.get(other.name);
    return other == this ? running() : link != null && link.connected();
  }

  void connect(SimulatedPeer other, Hello theirs) throws RealizeException {
    SimulatedLink link = new SimulatedLink(this, other, theirs.identity(), random);
    link.pulledBy(new FeedPuller(ARENA, link, process().receiver(), process().incarnations()));
    links.put(other.name, link);
    process().work().connected(theirs.identity().store());
  }

  void disconnect(SimulatedPeer other) {
    SimulatedLink link = links.remove(other.name);
    if (link != null) {
      link.end("disconnected");
    }
  }

  // ---- copies

  void backUp(int events) {
    SimulatedDisk copied = new SimulatedDisk(disk, time);
    backup = new Backup(state.snapshot(), copied, copy(blobs), scanned, events);
  }

  @Nullable Backup backup() {
    return backup;
  }

  /**
   * State and disk become what they were; {@code place} differs if files were copied one by one.
   */
  void restore(Backup from, String place) {
    kill();
    unbroken = false;
    state.restore(from.state());
    disk = new SimulatedDisk(from.disk(), time);
    blobs = copy(from.blobs());
    machine = place;
    scanned = from.isScanned();
  }

  /** Only state and cache become what they were. */
  void restoreState(Backup from) {
    kill();
    unbroken = false;
    state.restore(from.state());
    blobs = copy(from.blobs());
    scanned = from.isScanned();
  }

  /** Another disk is the root. */
  void replaceDisk(SimulatedDisk other) {
    kill();
    unbroken = false;
    disk = other;
  }

  /** Becomes a copy of {@code original}. */
  void copy(SimulatedPeer original, boolean sameBlocks) {
    unbroken = false;
    state.restore(original.state.snapshot());
    disk = new SimulatedDisk(original.disk, time);
    blobs = copy(original.blobs);
    machine = sameBlocks ? original.machine : "machine of " + name;
    marked.addAll(original.marked);
    own.addAll(original.own);
    startedBefore = true;
    scanned = original.scanned;
  }

  void wipe(boolean alsoDisk) {
    kill();
    unbroken = false;
    state = new MemoryGlobalStore(random);
    blobs = new MemoryDisk(time);
    startedBefore = false;
    scanned = false;
    backup = null;
    marked.clear();
    own.clear();
    if (alsoDisk) {
      disk = new SimulatedDisk(contents, time);
    }
  }

  String machine() {
    return machine;
  }

  /** The same files, durable, on another disk. */
  private MemoryDisk copy(MemoryDisk original) {
    MemoryDisk copy = new MemoryDisk(time);
    try {
      for (Disk.Entry entry : original.entries(RelativePath.ROOT).entries()) {
        if (entry.stat().kind() == FileStat.Kind.FILE) {
          copy.user().write(entry.name(), original.user().read(entry.name()));
        }
      }
      copy.forceAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }
}
