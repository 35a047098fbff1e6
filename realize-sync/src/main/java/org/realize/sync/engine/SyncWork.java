package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.ArenaFindings;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealContents;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PathJob;
import org.realize.sync.rules.PathPlan;
import org.realize.sync.transfer.Downloader;

/**
 * The work of one arena that its marks ask for: what each path needs, what it waits for, and what
 * failed. {@link SyncJob} takes it batch by batch, {@link LargeFiles} what takes long; both do it
 * with a {@link JobExecutor}.
 *
 * <p>A path that fails is listed and retried; one of which no holder is connected waits for a peer;
 * one that is not as it was indexed is indexed again. A change of its state makes it dirty in any
 * case. Thread-safe.
 */
public final class SyncWork {

  private static final Duration QUIET_POLL = Duration.ofMillis(100);
  private static final int QUIET_LOOKS = 100;

  /** Paths that are looked at for a count: where more have work, some of them stand for all. */
  private static final int MAX_COUNTED = 10_000;

  /**
   * What is left to do.
   *
   * @param walking paths were not all looked at since the start, or since a mark was changed: there
   *     may be more work than is counted
   * @param files paths that have work
   * @param bytes of their files that are to be made or fetched
   * @param estimated true if {@code files} and {@code bytes} are reckoned from some of them
   * @param bytesPerSecond that came from peers, or were here, in the last minute of work
   * @param secondsLeft until what is counted is done; -1 while that is not known
   * @param waiting paths of which no peer that has the content is connected
   * @param failed paths that are retried
   * @param cancelled paths whose work the user cancelled
   */
  public record SyncFigures(
      boolean walking,
      int files,
      long bytes,
      boolean estimated,
      long bytesPerSecond,
      long secondsLeft,
      int waiting,
      int failed,
      int cancelled) {

    /** Nothing that could be done now. */
    static SyncFigures idle(int waiting, int failed, int cancelled) {
      return new SyncFigures(false, 0, 0, false, 0, -1, waiting, failed, cancelled);
    }

    /** True if nothing is left but what waits or failed. */
    public boolean done() {
      return !walking && files == 0;
    }
  }

  /** A path's state with the job that it needs. */
  record PlannedPath(PathState state, Optional<PathJob> job) {

    RelativePath path() {
      return state.path();
    }
  }

  private final Arena arena;
  private final RootIndex index;
  private final PeerDirectory peers;
  private final Downloader downloader;
  private final SmallContents contents;
  private final RealContents real;
  private final ArenaFindings findings;
  private final @Nullable Real root;
  private final SyncQueues queues;
  private final AtomicInteger connections = new AtomicInteger();
  private final RootRoom room;
  private final FullDisk full;
  private final FullDisk fullCache;
  private final UserPause userPause;
  private final CancelledJobs cancelled;
  private final StoppableFetches fetches = new StoppableFetches(this::isFetchWanted);
  private final JobEvents events = new JobEvents();
  private final SyncProgress progress;

  /** Paths with a finding of this part. */
  private final Set<RelativePath> listed = ConcurrentHashMap.newKeySet();

  /**
   * All work of {@code arena}.
   *
   * @param peers those of which jobs may fetch now
   * @param pauses the times at which there is none
   * @param wake called when there is more to do, from any thread; must return at once
   */
  public SyncWork(
      Arena arena,
      RootIndex index,
      PeerDirectory peers,
      Downloader downloader,
      PauseSchedule pauses,
      Runnable wake)
      throws RealizeException {
    this.arena = arena;
    this.index = index;
    this.peers = peers;
    this.downloader = downloader;
    root = arena.root();
    real = root == null ? new RealContents() : root.contents();
    contents = new SmallContents(arena, downloader, real);
    findings = arena.findings();
    queues = new SyncQueues(arena.time(), wake);
    room = new RootRoom(arena);
    full = new FullDisk(arena.time());
    fullCache = new FullDisk(arena.time());
    UserPause.PauseEffects effectsOfPause =
        new UserPause.PauseEffects(this::stopFetches, queues::walkAgain);
    userPause = new UserPause(arena.store(), arena.time(), pauses, effectsOfPause);
    cancelled = new CancelledJobs(arena);
    progress = new SyncProgress(arena.time(), downloader.counters()::usedBytes);
    events.add(progress);
    arena.store().addListener(queues);
    arena.store().read(reader -> reader.findings(MAX_COUNTED)).stream()
        .filter(finding -> finding.source().part() == Part.SYNC)
        .forEach(finding -> listed.add(RelativePath.of(finding.subject())));
    queues.add(listed);
  }

  SyncQueues queues() {
    return queues;
  }

  /** The pause that the user asked for. */
  public UserPause userPause() {
    return userPause;
  }

  /** The paths whose work the user cancelled. */
  CancelledJobs cancelled() {
    return cancelled;
  }

  /** The fetches that are under way. */
  StoppableFetches fetches() {
    return fetches;
  }

  /** The listeners of jobs. */
  public JobEvents events() {
    return events;
  }

  /** The paths whose contents are being fetched whole. */
  public List<RelativePath> fetching() {
    return fetches.paths();
  }

  /** The bytes that are here of a path whose content is being fetched; 0 for any other. */
  public long fetchedBytes(RelativePath path) {
    return downloader.fetchedBytes(path);
  }

  /** True while work waits for room. */
  public boolean isFull() {
    return full.left().isPresent() || fullCache.left().isPresent();
  }

  /** The room on the root's disk. */
  RootRoom room() {
    return room;
  }

  /** The pause after a write to the root's disk found no room. */
  FullDisk full() {
    return full;
  }

  /** The pause while there is no room in the cache. */
  FullDisk fullCache() {
    return fullCache;
  }

  Arena arena() {
    return arena;
  }

  RootIndex index() {
    return index;
  }

  Downloader downloader() {
    return downloader;
  }

  SmallContents contents() {
    return contents;
  }

  /** What is left to do. */
  public SyncFigures figures() throws RealizeException {
    boolean isWalking = queues.isWalking();
    SyncQueues.AtWork atWork = queues.chosenAtWork(MAX_COUNTED);
    double each = atWork.isAll() ? 1 : (double) atWork.count() / atWork.chosen().size();
    int chosenFiles = 0;
    long chosenBytes = 0;
    for (PlannedPath planned : plan(atWork.chosen())) {
      chosenFiles += planned.job().isPresent() ? 1 : 0;
      chosenBytes += planned.job().map(PathJob::bytes).orElse(0L);
    }
    if (chosenFiles == 0 && !isWalking) {
      return SyncFigures.idle(queues.waiting(), listed.size(), cancelled.count());
    }
    int files = (int) Math.round(chosenFiles * each);
    long bytes = Math.round(chosenBytes * each);
    long here = fetching().stream().mapToLong(this::fetchedBytes).sum();
    SyncProgress.SyncPace pace = progress.pace(files, Math.max(0, bytes - here));
    return new SyncFigures(
        isWalking,
        files,
        bytes,
        !atWork.isAll(),
        pace.bytesPerSecond(),
        pace.secondsLeft(),
        queues.waiting(),
        listed.size(),
        cancelled.count());
  }

  /**
   * Waits until no path is worked on, 10 s at most: in a pause that is until what is under way was
   * finished.
   */
  public void awaitQuiet() throws InterruptedException {
    for (int i = 0; i < QUIET_LOOKS && !queues.underWay(1).isEmpty(); i++) {
      arena.time().sleep(QUIET_POLL);
    }
  }

  /** Stops the fetches that are under way; they are planned again. */
  public void stopFetches() {
    fetches.stop(_ -> true);
  }

  /** Peers that are connected may be asked again, and may have what is waited for. */
  public void connected() {
    connections.incrementAndGet();
    queues.connected(queues.waiting(Integer.MAX_VALUE));
  }

  /** A peer is connected now: what waits and is known to be there is tried again. */
  public void connected(StoreId store) throws RealizeException {
    connections.incrementAndGet();
    List<RelativePath> held = new ArrayList<>();
    List<RelativePath> waiting = queues.waiting(Integer.MAX_VALUE);
    for (int at = 0; at < waiting.size(); at += MAX_COUNTED) {
      int end = Math.min(waiting.size(), at + MAX_COUNTED);
      for (PlannedPath planned : plan(waiting.subList(at, end))) {
        if (planned.job().isEmpty() || holders(planned).contains(store)) {
          held.add(planned.path());
        }
      }
    }
    queues.connected(held);
  }

  /** The number of times that a peer has connected. */
  int connections() {
    return connections.get();
  }

  // ---- what a path needs

  /** The states of {@code paths}, those that are known, each with its job. */
  List<PlannedPath> plan(Collection<RelativePath> paths) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          List<PathState> states = new ArrayList<>();
          for (RelativePath path : paths) {
            reader.path(path).ifPresent(states::add);
          }
          return plan(reader, states);
        });
  }

  /** The states of what is known in a directory, each with its job, by name. */
  SortedMap<String, PlannedPath> planIn(RelativePath directory) throws RealizeException {
    SortedMap<String, PlannedPath> planned = new TreeMap<>();
    List<PlannedPath> all =
        arena
            .store()
            .read(reader -> plan(reader, List.copyOf(reader.children(directory).values())));
    all.forEach(each -> planned.put(each.path().name(), each));
    return planned;
  }

  /** The states of a page of a walk, each with its job. */
  List<PlannedPath> plan(SyncQueues.TreePage page, int max) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          List<PathState> states = new ArrayList<>();
          if (page.after().equals(page.top())) {
            reader.path(page.top()).ifPresent(states::add);
          }
          states.addAll(reader.paths(page.after(), max));
          return plan(reader, states);
        });
  }

  /** The paths whose work is cancelled, each with the job that it would need. */
  List<PlannedPath> cancelledPaths() throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          List<PathState> states = new ArrayList<>();
          for (RelativePath path : cancelled.paths()) {
            reader.path(path).ifPresent(states::add);
          }
          Marks marks = arena.marks(reader);
          states.removeIf(state -> !cancelled.covers(state, marks));
          return needed(reader, states);
        });
  }

  private List<PlannedPath> plan(ArenaReader reader, List<PathState> states) throws StorageFailed {
    Marks marks = arena.marks(reader);
    return needed(reader, states).stream()
        .map(planned ->
            cancelled.covers(planned.state(), marks)
                ? new PlannedPath(planned.state(), Optional.empty())
                : planned)
        .toList();
  }

  private List<PlannedPath> needed(ArenaReader reader, List<PathState> states)
      throws StorageFailed {
    Marks marks = arena.marks(reader);
    Map<RelativePath, Set<ContentHash>> kept = new HashMap<>();
    Set<RelativePath> moved = new HashSet<>();
    for (PathState state : states) {
      real.add(state);
      if (isMoved(reader, state)) {
        moved.add(state.path());
      }
      for (ContentHash hash : Judgement.currentFiles(state)) {
        if (reader.blob(hash).filter(BlobRow::isWhole).isPresent()
            && reader.isBlobReferred(hash, state.path())) {
          kept.computeIfAbsent(state.path(), _ -> new HashSet<>()).add(hash);
        }
      }
      if (root != null) {
        boolean isCached =
            state.shown().content() instanceof Content.File file
                && kept.getOrDefault(state.path(), Set.of()).contains(file.hash());
        root.needed().note(state, isCached);
      }
    }
    PathPlan plan =
        new PathPlan(
            traits(),
            (path, hash) -> kept.getOrDefault(path, Set.of()).contains(hash),
            moved::contains);
    return states.stream().map(state -> new PlannedPath(state, plan.next(state, marks))).toList();
  }

  private static boolean isMoved(ArenaReader reader, PathState state) throws StorageFailed {
    RelativePath from = state.shown().from();
    return from != null
        && state.realStat() == null
        && Availability.holders(state).isEmpty()
        && reader.path(from).filter(origin -> origin.isReal(state.shown().content())).isPresent();
  }

  private Optional<PathPlan.RootTraits> traits() {
    return Optional.ofNullable(root)
        .map(real ->
            new PathPlan.RootTraits(
                real.capabilities().modeBits(),
                real.capabilities().timeGrainNanos(),
                real.isPrivate()));
  }

  /** True if a file of this name may not be made: it would be this peer's alone. */
  boolean isIgnored(PathState state, RootIndex.NameRule ignoring) throws RealizeException {
    return state.realStat() == null
        && ignoring.covers(state.path())
        && !arena.store().<Boolean>read(reader -> arena.marks(reader).isSetOn(state.path()));
  }

  /** True if the directory above a path is on the disk. */
  boolean hasDirectory(RelativePath path) throws RealizeException {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    return directory.isRoot() || state(directory).filter(SyncWork::isDirectory).isPresent();
  }

  /** True if a directory is on the disk. */
  static boolean isDirectory(PathState state) {
    FileStat stat = state.realStat();
    return stat != null && stat.kind() == FileStat.Kind.DIRECTORY;
  }

  private Optional<PathState> state(RelativePath path) throws RealizeException {
    return arena.store().read(reader -> reader.path(path));
  }

  /** A path whose real file has the content of a version that is to be made at a free name. */
  Optional<PlannedPath> source(RelativePath target, PathJob.RealizePath job)
      throws RealizeException {
    if (job.indexed() != null || !(job.version().content() instanceof Content.File file)) {
      return Optional.empty();
    }
    Set<RelativePath> sources = new LinkedHashSet<>();
    Optional.ofNullable(job.version().from()).ifPresent(sources::add);
    real.of(file.hash()).ifPresent(sources::add);
    sources.remove(target);
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    return plan(sources).stream().filter(source -> source.state().isReal(file)).findFirst();
  }

  /**
   * The directory above a path, if it is neither on the disk nor to be made for its own sake: it is
   * removed but for what lies below it, or its own mark asks for nothing.
   */
  Optional<PlannedPath> directoryFor(RelativePath path) throws RealizeException {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    return plan(List.of(directory)).stream()
        .filter(above -> above.state().realStat() == null)
        .filter(above ->
            above.state().shown().isTombstone()
                || (above.job().isEmpty()
                    && above.state().shown().content() instanceof Content.Directory))
        .findFirst();
  }

  // ---- what became of it

  /** A job begins. */
  void begun(PlannedPath planned) {
    PathJob job = planned.job().orElseThrow();
    events.begun(planned.path(), OpenWork.kind(job), job.bytes());
  }

  private boolean isFetchWanted(RelativePath path) throws RealizeException {
    return userPause.left().isEmpty()
        && !arena
            .store()
            .<Boolean>read(reader -> {
              Optional<PathState> state = reader.path(path);
              return state.isPresent() && cancelled.covers(state.get(), arena.marks(reader));
            });
  }

  /** A fetch was stopped: the path is planned again, in a pause once that ends. */
  void stopped(RelativePath path) {
    events.ended(path, JobEnd.STOPPED, "");
    queues.add(List.of(path));
  }

  /** A path needs nothing, for now. */
  void settle(RelativePath path) {
    queues.settle(path);
    if (listed.remove(path)) {
      findings.remove(Finding.Key.of(FindingKind.FAILED, Part.SYNC, path));
    }
  }

  /** Notes a failure. */
  void failed(PlannedPath planned, RealizeException cause) {
    RelativePath path = planned.path();
    if (cause instanceof Unreachable && !hasHolder(planned)) {
      events.ended(path, JobEnd.WAITING, "");
      settle(path);
      queues.await(path);
      return;
    }
    if (cause instanceof DiskFull) {
      (planned.job().orElse(null) instanceof PathJob.Download ? fullCache : full).met();
    }
    fail(path, cause.oneLine());
  }

  /** Notes that the cache has no room for the file that a path's job displaces: others go on. */
  void failedInCache(RelativePath path, DiskFull cause) {
    fullCache.met();
    fail(path, cause.oneLine());
  }

  /** The peers that are known to have what a path's job needs. */
  private static Set<StoreId> holders(PlannedPath planned) {
    Content content = planned.job().map(PathJob::content).orElseGet(Content.Absent::new);
    return Availability.holders(planned.state(), content);
  }

  private boolean hasHolder(PlannedPath planned) {
    Content content = planned.job().map(PathJob::content).orElseGet(Content.Absent::new);
    if (!(content instanceof Content.File)) {
      return true;
    }
    Set<StoreId> holders = holders(planned);
    return peers.links().stream().anyMatch(link -> holders.contains(link.identity().store()));
  }

  void fail(RelativePath path, String cause) {
    events.ended(path, JobEnd.FAILED, cause);
    queues.retry(path);
    listed.add(path);
    findings.list(Finding.Key.of(FindingKind.FAILED, Part.SYNC, path), cause);
  }
}
