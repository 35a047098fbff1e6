package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.ArenaFindings;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingKind;
import org.realize.sync.port.Finding.Part;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyResult;
import org.realize.sync.real.FoldedNames;
import org.realize.sync.real.Real;
import org.realize.sync.real.RealChange;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PathJob;
import org.realize.sync.rules.PathPlan;
import org.realize.sync.transfer.Downloader;

/**
 * The work of one arena that its marks ask for: what each path needs, how that is done, and what
 * became of it. {@link SyncJob} does it batch by batch, {@link LargeFiles} what takes long.
 *
 * <p>A path that fails is listed and retried; one of which no holder is connected waits for a peer;
 * one that is not as it was indexed is indexed again. A change of its state makes it dirty in any
 * case. Thread-safe.
 */
public final class SyncWork {

  /** The paths whose contents are being fetched whole. */
  private static final Rows<List<RelativePath>> FETCHING =
      Rows.ofLists("sync.fetching", 1, RowEncoder::putPath, RowDecoder::getPath);

  /** Paths that are announced in one commit. */
  private static final int MAX_ANNOUNCED = 500;

  /** Paths that are counted with their bytes. */
  private static final int MAX_COUNTED = 10_000;

  /**
   * What is left to do.
   *
   * @param walking paths were not all looked at since the start, or since a mark was changed
   * @param files paths that have work, {@link #MAX_COUNTED} at most
   * @param bytes of their files that are to be made or fetched
   * @param waiting paths of which no peer that has the content is connected
   * @param failed paths that are retried
   */
  public record SyncFigures(boolean walking, int files, long bytes, int waiting, int failed) {

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
  private final RealContents real = new RealContents();
  private final ArenaFindings findings;
  private final @Nullable Real root;
  private final @Nullable PathEffects effects;
  private final SyncQueues queues;
  private final AtomicInteger connections = new AtomicInteger();
  private final FullDisk full;
  private final FullDisk fullCache;
  private final UserPause userPause;

  /** Paths with a finding of this part. */
  private final Set<RelativePath> listed = ConcurrentHashMap.newKeySet();

  /**
   * All work of {@code arena}.
   *
   * @param wake called when there is more to do, from any thread; must return at once
   */
  public SyncWork(
      Arena arena, RootIndex index, PeerDirectory peers, Downloader downloader, Runnable wake)
      throws RealizeException {
    this.arena = arena;
    this.index = index;
    this.peers = peers;
    this.downloader = downloader;
    contents = new SmallContents(arena, downloader, real);
    root = arena.root();
    effects = root == null ? null : new PathEffects(arena, root);
    findings = arena.findings();
    queues = new SyncQueues(arena.time(), wake);
    full = new FullDisk(arena.time());
    fullCache = new FullDisk(arena.time());
    userPause = new UserPause(arena.store(), arena.time(), queues::walkAgain);
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

  /** True while work waits for room. */
  public boolean isFull() {
    return full.left().isPresent() || fullCache.left().isPresent();
  }

  /** The pause while there is no room on the root's disk. */
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

  /** What is left to do. */
  public SyncFigures figures() throws RealizeException {
    boolean isWalking = queues.isWalking();
    int files = 0;
    long bytes = 0;
    for (PlannedPath planned : plan(queues.atWork(MAX_COUNTED))) {
      files += planned.job().isPresent() ? 1 : 0;
      bytes += planned.job().map(SyncWork::bytes).orElse(0L);
    }
    return new SyncFigures(isWalking, files, bytes, queues.waiting(), listed.size());
  }

  /** Bytes that the job has to bring here, or to copy. */
  static long bytes(PathJob job) {
    return content(job) instanceof Content.File file ? file.sizeBytes() : 0;
  }

  /** What the job needs bytes of. */
  private static Content content(PathJob job) {
    return switch (job) {
      case PathJob.Download download -> download.content();
      case PathJob.RealizePath realize -> realize.version().content();
      case PathJob.Announce _,
          PathJob.ApplyMetadata _,
          PathJob.RemovePath _,
          PathJob.UnrealizePath _ ->
          new Content.Absent();
    };
  }

  /** A peer that is connected now may have what is waited for. */
  public void connected() {
    connections.incrementAndGet();
    queues.connected();
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

  private List<PlannedPath> plan(ArenaReader reader, List<PathState> states) throws StorageFailed {
    Marks marks = arena.marks(reader);
    Set<ContentHash> whole = new HashSet<>();
    for (PathState state : states) {
      real.add(state);
      for (ContentHash hash : Judgement.currentFiles(state)) {
        if (reader.blob(hash).filter(BlobRow::isWhole).isPresent()) {
          whole.add(hash);
        }
      }
    }
    PathPlan plan = new PathPlan(traits(), whole::contains);
    return states.stream().map(state -> new PlannedPath(state, plan.next(state, marks))).toList();
  }

  private Optional<PathPlan.RootTraits> traits() {
    return Optional.ofNullable(root)
        .map(Real::capabilities)
        .map(can -> new PathPlan.RootTraits(can.modeBits(), can.timeGrainNanos()));
  }

  /** True if a file of this name may not be made: it would be this peer's alone. */
  boolean isIgnored(PathState state, RootIndex.NameRule ignoring) throws RealizeException {
    return state.realStat() == null
        && !arena.store().<Boolean>read(reader -> arena.marks(reader).isSetOn(state.path()))
        && ignoring.covers(state.path());
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
    return plan(sources).stream().filter(source -> source.state().isReal(file)).findFirst();
  }

  /** The directory above a path, if it is removed but for what lies below it. */
  Optional<PlannedPath> removedDirectory(RelativePath path) throws RealizeException {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    return plan(List.of(directory)).stream()
        .filter(above -> above.state().shown().isTombstone() && above.state().realStat() == null)
        .findFirst();
  }

  /** Makes a directory that is no version. */
  void makeBare(PlannedPath directory) throws RealizeException, InterruptedException {
    try {
      index.check(directory.path());
      if (effects().apply(effects().bareDirectory(directory.state())) == ApplyOutcome.DONE) {
        queues.adopt(directory.path());
      } else {
        index.request(directory.path());
      }
    } catch (IOException e) {
      failed(directory, Disk.failure("make '%s'".formatted(directory.path()), e));
    } catch (RealizeException e) {
      failed(directory, e);
    }
  }

  // ---- doing it

  /**
   * Does the jobs of paths together, in the order given, and notes what became of each.
   *
   * @param sources by path: the file that gets its name, and is to be removed
   */
  void performAll(List<PlannedPath> paths, Map<RelativePath, PlannedPath> sources)
      throws RealizeException, InterruptedException {
    List<PlannedPath> admitted = admitted(paths, sources);
    List<PlannedPath> made =
        admitted.stream().filter(planned -> !sources.containsKey(planned.path())).toList();
    Map<RelativePath, ByteBuffer> bytes = contents.read(made, this::failed);
    List<PlannedPath> changing = new ArrayList<>();
    List<RealChange> changes = new ArrayList<>();
    for (PlannedPath planned : admitted) {
      PathJob job = planned.job().orElseThrow();
      PlannedPath source = sources.get(planned.path());
      if (source != null) {
        changing.add(planned);
        changes.add(rename(source, planned));
        continue;
      }
      if (content(job) instanceof Content.File && !bytes.containsKey(planned.path())) {
        continue; // noted
      }
      if (job instanceof PathJob.RealizePath(var version, var _)
          && version.content() instanceof Content.Directory
          && isDirectory(planned.state())) {
        takeOver(planned, version);
      } else if (job instanceof PathJob.RealizePath realize && realize.displaced().isPresent()) {
        applyAll(changing, changes);
        RealChange put = effects().put(planned.state(), realize, bytes.get(planned.path()));
        replaceOther(planned, realize, realize.displaced().get(), put);
      } else {
        changing.add(planned);
        changes.add(change(planned, bytes.get(planned.path())));
      }
    }
    applyAll(changing, changes);
  }

  private RealChange change(PlannedPath planned, @Nullable ByteBuffer bytes)
      throws RealizeException {
    PathState state = planned.state();
    RelativePath path = planned.path();
    return switch (planned.job().orElseThrow()) {
      case PathJob.RealizePath realize -> effects().put(state, realize, bytes);
      case PathJob.ApplyMetadata(var indexed, var mode, var mtime) ->
          new RealChange.SetAttributes(path, indexed, new RealChange.Attributes(mode, mtime));
      case PathJob.RemovePath(var indexed, var version) ->
          new RealChange.Remove(path, indexed, version);
      case PathJob.Announce _, PathJob.Download _, PathJob.UnrealizePath _ ->
          throw new IllegalArgumentException("no change");
    };
  }

  private void applyAll(List<PlannedPath> paths, List<RealChange> changes)
      throws RealizeException, InterruptedException {
    if (changes.isEmpty()) {
      return;
    }
    List<ApplyResult> results = effects().applyAll(changes);
    for (int i = 0; i < results.size(); i++) {
      finish(paths.get(i), results.get(i));
    }
    paths.clear();
    changes.clear();
  }

  private void finish(PlannedPath planned, ApplyResult result) throws RealizeException {
    try {
      conclude(planned, result.outcome());
    } catch (IOException e) {
      failed(planned, Disk.failure("change '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      failed(planned, e);
    }
  }

  /** A directory that is there without a version gets one. */
  private void takeOver(PlannedPath planned, Version version) throws RealizeException {
    arena
        .store()
        .write(writer -> {
          PathState state = writer.path(planned.path()).orElseThrow();
          if (state.real() != null && state.real().equals(planned.state().real())) {
            RealVersion now =
                new RealVersion(version, state.realStat(), state.real().hashedAtNanos());
            writer.put(LocalRules.applied(state, now, writer.nextSeq()));
          }
        });
    conclude(planned, ApplyOutcome.DONE);
  }

  /** What is of another kind leaves the name first; a file that no version knew stays as a blob. */
  private void replaceOther(
      PlannedPath planned, PathJob.RealizePath job, FileStat displaced, RealChange put)
      throws RealizeException, InterruptedException {
    PathState state = planned.state();
    try {
      RealVersion now = state.real();
      if (now != null
          && now.version().content() instanceof Content.File file
          && !job.version().vector().covers(now.version().vector())) {
        effects().keep(planned.path(), file);
      }
      ApplyOutcome removed =
          effects().apply(new RealChange.Remove(planned.path(), displaced, job.version()));
      conclude(planned, removed == ApplyOutcome.DONE ? effects().apply(put) : removed);
    } catch (IOException e) {
      failed(planned, Disk.failure("replace '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      failed(planned, e);
    }
  }

  private static RealChange rename(PlannedPath source, PlannedPath target) {
    if (source.job().orElse(null) instanceof PathJob.RemovePath(var indexed, var gone)
        && target.job().orElse(null) instanceof PathJob.RealizePath(var moved, var _)) {
      return new RealChange.Rename(source.path(), target.path(), indexed, gone, moved);
    }
    throw new IllegalArgumentException("rename '%s'".formatted(source.path()));
  }

  /**
   * Fetches contents whole, all at once, and tells peers that they are here. The paths are noted
   * meanwhile, so that a kill after the last byte leaves none unannounced.
   */
  void fetchAll(List<PlannedPath> paths) throws RealizeException, InterruptedException {
    List<PlannedPath> admitted = admitted(paths, Map.of());
    if (admitted.isEmpty()) {
      return;
    }
    List<RelativePath> names = admitted.stream().map(PlannedPath::path).toList();
    arena.store().write((ArenaWriter writer) -> writer.putRow(FETCHING, names));
    List<Thread> threads = new ArrayList<>();
    for (PlannedPath planned : admitted) {
      threads.add(Thread.ofVirtual().name("keep").start(() -> fetch(planned)));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
    announceFetched();
  }

  private void fetch(PlannedPath planned) {
    try {
      if (content(planned.job().orElseThrow()) instanceof Content.File file) {
        downloader.download(planned.path(), file);
        conclude(planned, ApplyOutcome.DONE);
      }
    } catch (RealizeException e) {
      failed(planned, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells peers of paths. */
  void announce(List<RelativePath> paths) throws RealizeException {
    arena
        .store()
        .writeEach(
            paths,
            MAX_ANNOUNCED,
            (writer, path) -> {
              PathState state = writer.path(path).orElseThrow();
              if (state.announcedSeq() == 0) {
                writer.put(state.announcedAt(writer.nextSeq()));
              }
            });
  }

  /** Tells peers of what was being fetched and is here whole. */
  void announceFetched() throws RealizeException {
    arena
        .store()
        .write(writer -> {
          Marks marks = arena.marks(writer);
          for (RelativePath path : writer.row(FETCHING).orElse(List.of())) {
            PathState state = writer.path(path).orElse(null);
            if (state != null && marks.of(path) != Mark.WATCH && isWhole(writer, state)) {
              writer.put(state.announcedAt(writer.nextSeq()));
            }
          }
          writer.removeRow(FETCHING);
        });
  }

  private static boolean isWhole(ArenaReader reader, PathState state) throws StorageFailed {
    for (ContentHash hash : Judgement.currentFiles(state)) {
      if (reader.blob(hash).filter(BlobRow::isWhole).isPresent()) {
        return true;
      }
    }
    return false;
  }

  /** Makes a large file real. */
  void performLarge(PlannedPath planned) throws RealizeException, InterruptedException {
    RelativePath path = planned.path();
    if (admitted(List.of(planned), Map.of()).isEmpty()
        || !(planned.job().orElseThrow() instanceof PathJob.RealizePath job)
        || !(job.version().content() instanceof Content.File file)) {
      return;
    }
    try {
      FileStat fetched =
          downloader.collect(path, job.version(), contents.places(path, job.version(), file));
      RealChange adopt = effects().adopt(planned.state(), job, fetched);
      Optional<FileStat> displaced = job.displaced();
      if (displaced.isPresent()) {
        replaceOther(planned, job, displaced.get(), adopt);
      } else {
        conclude(planned, effects().apply(adopt));
      }
    } catch (IOException e) {
      failed(planned, Disk.failure("change '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      failed(planned, e);
    }
  }

  private PathEffects effects() {
    if (effects == null) {
      throw new IllegalStateException("arena " + arena.name() + " has no root");
    }
    return effects;
  }

  // ---- what is not done now

  /** The paths with a job that may be done now; notes what becomes of the others. */
  private List<PlannedPath> admitted(
      List<PlannedPath> paths, Map<RelativePath, PlannedPath> sources) throws RealizeException {
    Set<RelativePath> pinned = new HashSet<>();
    arena.store().read(Pins::read).forEach(pin -> pinned.add(pin.path()));
    Set<RelativePath> leaving = new HashSet<>();
    long spare = spareBytes();
    Set<RelativePath> certain = index.certain(paths.stream().map(PlannedPath::path).toList());
    List<PlannedPath> admitted = new ArrayList<>();
    for (PlannedPath planned : paths) {
      RelativePath path = planned.path();
      PathJob job = planned.job().orElse(null);
      if (job == null || isOccupied(planned.state(), job, leaving)) {
        settle(path);
        continue;
      }
      if (!certain.contains(path)) {
        queues.retry(path); // the index lists the place
        continue;
      }
      PlannedPath source = sources.get(path);
      boolean isPinned =
          pinned.contains(path) || (source != null && pinned.contains(source.path()));
      long bytes = job instanceof PathJob.RealizePath && source == null ? bytes(job) : 0;
      Optional<String> refusal = isPinned ? Optional.of(PINNED) : unholdable(path, job);
      if (refusal.isPresent()) {
        fail(path, refusal.get());
      } else if (bytes > 0 && bytes > spare) {
        failed(planned, new DiskFull("make '%s': too little is free".formatted(path), null));
      } else {
        spare -= bytes;
        admitted.add(planned);
        leaving.add(path);
      }
    }
    return admitted;
  }

  private static final String PINNED =
      "kept for a peer that gives its copy up: see 'realize pin list'";

  /** What may be written to the root's disk. */
  private long spareBytes() throws StorageFailed {
    try {
      return root == null ? Long.MAX_VALUE : root.disk().usage().spareBytes();
    } catch (IOException e) {
      throw new StorageFailed("ask how much room the root of %s has".formatted(arena.name()), e);
    }
  }

  /**
   * True for a directory that has to go while something in it stays: it becomes dirty again when
   * that goes.
   */
  private boolean isOccupied(PathState state, PathJob job, Set<RelativePath> leaving)
      throws RealizeException {
    FileStat indexed =
        switch (job) {
          case PathJob.RealizePath realize -> realize.displaced().orElse(null);
          case PathJob.RemovePath remove -> remove.indexed();
          case PathJob.Announce _,
              PathJob.Download _,
              PathJob.ApplyMetadata _,
              PathJob.UnrealizePath _ ->
              null;
        };
    if (indexed == null || indexed.kind() != FileStat.Kind.DIRECTORY) {
      return false;
    }
    for (PathState child : arena.store().read(reader -> reader.children(state.path())).values()) {
      boolean isThere = child.realStat() != null && !leaving.contains(child.path());
      if (isThere || !child.shown().isTombstone()) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> unholdable(RelativePath path, PathJob job) throws RealizeException {
    if (root == null
        || !(job instanceof PathJob.RealizePath(var version, var indexed))
        || indexed != null) {
      return Optional.empty();
    }
    RootCapabilities can = root.capabilities();
    int bytes = path.name().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > can.maxNameBytes()) {
      return Optional.of("the root's file system has no names of %d bytes".formatted(bytes));
    }
    if (version.content() instanceof Content.Link && !can.symbolicLinks()) {
      return Optional.of("the root's file system has no symbolic links");
    }
    try {
      return new FoldedNames(root.disk(), can)
          .inPlaceOf(path)
          .map(other -> "the root's file system takes the name for '" + other + "'");
    } catch (IOException e) {
      throw new StorageFailed("look for names like '%s'".formatted(path), e);
    }
  }

  // ---- what became of it

  private void conclude(PlannedPath planned, ApplyOutcome outcome) throws RealizeException {
    RelativePath path = planned.path();
    switch (outcome) {
      case DONE -> {
        settle(path);
        release(planned);
      }
      case CHANGED -> {
        index.request(path);
        if (planned.job().orElse(null) instanceof PathJob.RemovePath
            && isDirectory(planned.state())) {
          fail(path, "removed by a peer, but it holds what is not shared");
        } else {
          queues.retry(path);
        }
      }
      case OPEN -> fail(path, "a program has it open for writing");
      case UNSUPPORTED -> fail(path, "the root's file system cannot do it without a risk");
    }
  }

  /** Names below a new directory, and a directory above a removed name, may have work now. */
  private void release(PlannedPath planned) throws RealizeException {
    RelativePath path = planned.path();
    switch (planned.job().orElseThrow()) {
      case PathJob.RealizePath(var version, var _) -> {
        if (version.content() instanceof Content.Directory) {
          queues.adopt(path);
        } else if (version.content() instanceof Content.File file) {
          full.over();
          if (file.sizeBytes() > SmallContents.MAX_BYTES) {
            arena.blobs().evict(file.hash());
          }
        }
      }
      case PathJob.RemovePath _ -> queues.add(List.of(path.parent().orElse(RelativePath.ROOT)));
      case PathJob.Download _ -> fullCache.over();
      case PathJob.Announce _, PathJob.ApplyMetadata _, PathJob.UnrealizePath _ -> {}
    }
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
      queues.await(path);
      return;
    }
    if (cause instanceof DiskFull) {
      (planned.job().orElse(null) instanceof PathJob.Download ? fullCache : full).met();
    }
    fail(path, cause.oneLine());
  }

  private boolean hasHolder(PlannedPath planned) {
    Content content = planned.job().map(SyncWork::content).orElseGet(Content.Absent::new);
    if (!(content instanceof Content.File)) {
      return true;
    }
    Set<StoreId> holders = Availability.holders(planned.state(), content);
    return peers.links().stream().anyMatch(link -> holders.contains(link.identity().store()));
  }

  private void fail(RelativePath path, String cause) {
    queues.retry(path);
    listed.add(path);
    findings.list(Finding.Key.of(FindingKind.FAILED, Part.SYNC, path), cause);
  }
}
