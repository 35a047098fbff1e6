package org.realize.sync.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.DisplacedFiles;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.engine.SyncWork.PlannedPath;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
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
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PathJob;

/**
 * The executor of {@link PathJob}s in the root and in the cache of one arena: those of a batch
 * together, each with an outcome of its own, which {@link SyncWork} notes. Thread-safe for
 * different paths.
 */
final class JobExecutor {

  /** The paths whose contents are being fetched whole. */
  private static final Rows<List<RelativePath>> FETCHING =
      Rows.ofLists("sync.fetching", 1, RowEncoder::putPath, RowDecoder::getPath);

  /** Paths that are announced in one commit. */
  private static final int MAX_ANNOUNCED = 500;

  private static final String PINNED =
      "kept for a peer that gives its copy up: see 'realize pin list'";

  private final SyncWork work;
  private final SyncQueues queues;
  private final Arena arena;
  private final RootIndex index;
  private final SmallContents contents;
  private final @Nullable Real root;
  private final @Nullable PathEffects effects;
  private final @Nullable PerishableFiles perishable;

  /** The executor of the jobs that {@code work} finds. */
  JobExecutor(SyncWork work) {
    this.work = work;
    queues = work.queues();
    arena = work.arena();
    index = work.index();
    contents = work.contents();
    root = arena.root();
    effects = root == null ? null : new PathEffects(arena, root);
    perishable = root == null ? null : new PerishableFiles(arena, root, index);
  }

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
    admitted.forEach(work::begun);
    Map<RelativePath, ByteBuffer> bytes = contents.read(made, work::failed);
    try (DisplacedFiles displaced = new DisplacedFiles(arena)) {
      performAll(keepDisplaced(admitted, displaced), sources, bytes);
    }
  }

  /** The paths without those whose file had to be kept as a blob, and could not be. */
  private List<PlannedPath> keepDisplaced(List<PlannedPath> paths, DisplacedFiles displaced)
      throws RealizeException {
    List<PlannedPath> kept = new ArrayList<>();
    for (PlannedPath planned : paths) {
      try {
        displaced.keep(planned.state(), planned.job());
        kept.add(planned);
      } catch (DiskFull e) {
        work.failedInCache(planned.path(), e);
      } catch (RealizeException e) {
        work.failed(planned, e);
      }
    }
    displaced.refer();
    return kept;
  }

  private void performAll(
      List<PlannedPath> admitted,
      Map<RelativePath, PlannedPath> sources,
      Map<RelativePath, ByteBuffer> bytes)
      throws RealizeException, InterruptedException {
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
      if (job.content() instanceof Content.File && !bytes.containsKey(planned.path())) {
        continue; // noted
      }
      if (job instanceof PathJob.RealizePath(var version, var _)
          && version.content() instanceof Content.Directory
          && SyncWork.isDirectory(planned.state())) {
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
      finish(paths.get(i), changes.get(i), results.get(i));
    }
    paths.clear();
    changes.clear();
  }

  private void finish(PlannedPath planned, RealChange change, ApplyResult result)
      throws RealizeException, InterruptedException {
    try {
      ApplyOutcome outcome = emptied(change, result.outcome());
      if (change instanceof RealChange.Rename) {
        conclude(planned, outcome);
      } else {
        concludeMade(planned, outcome);
      }
    } catch (IOException e) {
      work.failed(planned, Disk.failure("change '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      work.failed(planned, e);
    }
  }

  /** The outcome of a change, made again if perishable files alone stood in its way. */
  private ApplyOutcome emptied(RealChange change, ApplyOutcome outcome)
      throws IOException, RealizeException, InterruptedException {
    return outcome == ApplyOutcome.CHANGED
            && change instanceof RealChange.Remove(var path, var indexed, var _)
            && indexed.kind() == FileStat.Kind.DIRECTORY
            && perishable != null
            && perishable.trash(path)
        ? effects().apply(change)
        : outcome;
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

  /** What is of another kind leaves the name first. */
  private void replaceOther(
      PlannedPath planned, PathJob.RealizePath job, FileStat displaced, RealChange put)
      throws RealizeException, InterruptedException {
    try {
      RealChange remove = new RealChange.Remove(planned.path(), displaced, job.version());
      ApplyOutcome removed = emptied(remove, effects().apply(remove));
      concludeMade(planned, removed == ApplyOutcome.DONE ? effects().apply(put) : removed);
    } catch (IOException e) {
      work.failed(planned, Disk.failure("replace '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      work.failed(planned, e);
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
    Set<RelativePath> fetched = ConcurrentHashMap.newKeySet();
    work.downloader()
        .runAll(admitted.stream().<Runnable>map(planned -> () -> fetch(planned, fetched)).toList());
    announceFetched(fetched);
  }

  private void fetch(PlannedPath planned, Set<RelativePath> fetched) {
    RelativePath path = planned.path();
    work.begun(planned);
    try {
      if (planned.job().orElseThrow().content() instanceof Content.File file) {
        Optional<Content.File> whole =
            work.fetches()
                .run(
                    path,
                    () -> {
                      work.downloader().keep(path, file);
                      return file;
                    });
        if (whole.isPresent()) {
          fetched.add(path);
          conclude(planned, ApplyOutcome.DONE);
        } else {
          work.stopped(path);
        }
      }
    } catch (RealizeException e) {
      work.failed(planned, e);
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

  /** Tells peers of what an earlier life was fetching and is here whole. */
  void announceFetched() throws RealizeException {
    announceFetched(arena.store().read(reader -> reader.row(FETCHING)).orElse(List.of()));
  }

  /**
   * Tells peers of what is here whole. A path whose fetch failed has no news, though another of its
   * versions may be here: each announcement makes it dirty again.
   */
  private void announceFetched(Collection<RelativePath> paths) throws RealizeException {
    arena
        .store()
        .write(writer -> {
          Marks marks = arena.marks(writer);
          for (RelativePath path : paths) {
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
    work.begun(planned);
    try {
      Optional<FileStat> fetched =
          work.fetches()
              .run(
                  path,
                  () ->
                      work.downloader()
                          .collect(
                              path, job.version(), contents.places(path, job.version(), file)));
      if (fetched.isEmpty()) {
        work.stopped(path);
        return;
      }
      RealChange adopt = effects().adopt(planned.state(), job, fetched.get());
      Optional<FileStat> displaced = job.displaced();
      if (displaced.isPresent()) {
        replaceOther(planned, job, displaced.get(), adopt);
      } else {
        concludeMade(planned, effects().apply(adopt));
      }
    } catch (IOException e) {
      work.failed(planned, Disk.failure("change '%s'".formatted(planned.path()), e));
    } catch (RealizeException e) {
      work.failed(planned, e);
    }
  }

  private PathEffects effects() {
    if (effects == null) {
      throw new IllegalStateException("arena " + arena.name() + " has no root");
    }
    return effects;
  }

  /** Makes a directory for what lies below; it is no version where it is removed. */
  void makeDirectory(PlannedPath directory) throws RealizeException, InterruptedException {
    try {
      index.check(directory.path());
      if (effects().apply(effects().directory(directory.state())) == ApplyOutcome.DONE) {
        queues.adopt(directory.path());
      } else {
        index.request(directory.path());
      }
    } catch (IOException e) {
      work.failed(directory, Disk.failure("make '%s'".formatted(directory.path()), e));
    } catch (RealizeException e) {
      work.failed(directory, e);
    }
  }

  // ---- what is not done now

  /** The paths with a job that may be done now; notes what becomes of the others. */
  private List<PlannedPath> admitted(
      List<PlannedPath> paths, Map<RelativePath, PlannedPath> sources) throws RealizeException {
    Set<RelativePath> pinned = new HashSet<>();
    arena.store().read(Pins::read).forEach(pin -> pinned.add(pin.path()));
    Set<RelativePath> leaving = new HashSet<>();
    long spare = work.room().spareBytes();
    Set<RelativePath> certain = index.certain(paths.stream().map(PlannedPath::path).toList());
    List<PlannedPath> admitted = new ArrayList<>();
    for (PlannedPath planned : paths) {
      RelativePath path = planned.path();
      PathJob job = planned.job().orElse(null);
      if (job == null || isOccupied(planned.state(), job, leaving)) {
        work.settle(path);
        continue;
      }
      if (!certain.contains(path)) {
        queues.retry(path); // the index lists the place
        continue;
      }
      PlannedPath source = sources.get(path);
      boolean isPinned =
          pinned.contains(path) || (source != null && pinned.contains(source.path()));
      long bytes = job instanceof PathJob.RealizePath && source == null ? job.bytes() : 0;
      Optional<String> refusal = isPinned ? Optional.of(PINNED) : unholdable(path, job);
      if (refusal.isPresent()) {
        work.fail(path, refusal.get());
      } else if (bytes > 0 && bytes > spare) {
        work.room().refused(bytes);
        work.fail(path, "make '%s': too little is free on the root's disk".formatted(path));
      } else {
        spare -= bytes;
        admitted.add(planned);
        leaving.add(path);
      }
    }
    return admitted;
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

  /** As {@link #conclude}, of what needed room on the root's disk, if it was a file. */
  private void concludeMade(PlannedPath planned, ApplyOutcome outcome) throws RealizeException {
    conclude(planned, outcome);
    if (outcome == ApplyOutcome.DONE
        && planned.job().orElseThrow().content() instanceof Content.File) {
      work.full().over();
    }
  }

  private void conclude(PlannedPath planned, ApplyOutcome outcome) throws RealizeException {
    RelativePath path = planned.path();
    switch (outcome) {
      case DONE -> {
        work.events().ended(path, JobEnd.DONE, "");
        work.settle(path);
        release(planned);
      }
      case CHANGED -> {
        work.events().ended(path, JobEnd.CHANGED, "");
        index.request(path);
        if (planned.job().orElse(null) instanceof PathJob.RemovePath
            && SyncWork.isDirectory(planned.state())) {
          work.fail(path, "removed by a peer, but it holds what is not shared");
        } else {
          queues.retry(path);
        }
      }
      case OPEN -> work.fail(path, "a program has it open for writing");
      case UNSUPPORTED -> work.fail(path, "the root's file system cannot do it without a risk");
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
          if (file.sizeBytes() > SmallContents.MAX_BYTES) {
            arena.blobs().evict(file.hash());
          }
        }
      }
      case PathJob.RemovePath _ -> queues.add(List.of(path.parent().orElse(RelativePath.ROOT)));
      case PathJob.Download _ -> work.fullCache().over();
      case PathJob.Announce _, PathJob.ApplyMetadata _, PathJob.UnrealizePath _ -> {}
    }
  }
}
