package org.realize.sync.real;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.port.TreeRename;
import org.realize.sync.real.ApplyBatch.Change;
import org.realize.sync.real.ApplyConclusion.Settled;
import org.realize.sync.rules.Judgement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol by which Realize changes a name of a root, whatever programs do there at the same
 * time. It never trusts the index, and unlinks nothing of a user's.
 *
 * <p><b>Order of effects.</b> Changes are made in batches, so that one sync and one commit serve
 * many ({@link ApplyBatch}). Each succeeds or fails by itself.
 *
 * <ol>
 *   <li>What is to be at a name is made where no program looks for it ({@link Staging}), with its
 *       attributes: first those that it would have got there, or those of the file that it
 *       replaces. What replaces a file is renamed to a slot of the {@link Trash}, where it waits.
 *       On a file system with neither a rename to a free name nor links nothing more is done.
 *   <li>All of it is forced ({@link BatchSync}).
 *   <li>The {@link ApplyIntent}s are committed, in one row, and durable.
 *   <li>What has a name must be what was indexed, in every field of its stat, and not be open for
 *       writing.
 *   <li>The effect, by {@link ApplyIntent.Kind}. Two files exchange their names, so that the old
 *       one is in the trash and a program finds either the one or the other. Without such a step
 *       the old file is renamed into the trash first, and the new one then to the name, which must
 *       still be free: only here the name is missing for a moment. What replaces nothing is renamed
 *       to the free name. What is removed is renamed into the trash, an empty directory to where
 *       new ones are made, so that a file that took its name is not unlinked. A file that is
 *       renamed gets its new name by a link first, and then, once that is durable, loses the old
 *       one into the trash, where it is an extra name and unlinked. Attributes are set through a
 *       descriptor.
 *   <li>What was displaced, renamed or changed must be what was indexed in all but its change time,
 *       and not be open for writing. If not, the effect is taken back, once, if the new file is
 *       still exactly as made ({@link ApplyConclusion}).
 *   <li>The directories are forced, and the real versions are committed together with the end of
 *       the intents.
 * </ol>
 *
 * A directory that is not writable is made so for the changes in it, under an intent of its own,
 * and gets its mode before the results are committed, if it is still as it was made. A file that
 * ends in the trash and is exactly as Realize made it, and open by no program, is unlinked. Any
 * other stays there, and is reported where it is a version that has no other place.
 *
 * <p>Thread-safe for different paths.
 */
public final class ApplyProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyProtocol.class);

  /** The largest batch. */
  public static final int MAX_CHANGES = 500;

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;
  private final RealFindings findings;
  private final BatchSync sync;
  private final ApplyJournal journal;
  private final ApplyConclusion conclusion;
  private final ApplyEffects effects;

  private final TreeProtocol trees;
  private final NamesUnderWay underWay = new NamesUnderWay();

  /** The directories in which batches make new files. */
  private final Set<RelativePath> stagings = ConcurrentHashMap.newKeySet();

  /** The number of the next of these: above those of earlier lives, unless the clock was wrong. */
  private final AtomicLong nextStaging;

  ApplyProtocol(
      Disk disk,
      ArenaStore store,
      TimeSource time,
      Trash trash,
      ObservedTime observed,
      RealFindings findings) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
    this.findings = findings;
    this.nextStaging = new AtomicLong(time.unixMillis() * 1_000);
    this.sync = new BatchSync(disk, time);
    this.journal = new ApplyJournal(store, trash, observed, sync);
    this.conclusion = new ApplyConclusion(disk, trash);
    this.effects = new ApplyEffects(disk, trash, findings, conclusion);
    this.trees = new TreeProtocol(disk, store, trash, findings, sync, underWay);
  }

  /** The result of a change. */
  public enum ApplyOutcome {
    /** It is made, durable, and what it displaced is in the trash. */
    DONE,
    /** What has the name is not what was indexed, and stays. */
    CHANGED,
    /** A program has it open for writing, and it stays. */
    OPEN,
    /** The file system cannot do it without the risk to replace another file; it stays. */
    UNSUPPORTED
  }

  /**
   * Makes a change if its name is what was indexed, durably: a batch of one.
   *
   * @throws Unreachable if another thread is changing it: later
   */
  public ApplyOutcome apply(RealChange change)
      throws IOException, RealizeException, InterruptedException {
    return applyAll(List.of(change)).getFirst().outcome();
  }

  /** As {@link #apply}: the same content anew, under the attributes that the file has. */
  public ApplyOutcome replace(RelativePath path, FileStat indexed, RealChange.Builder builder)
      throws IOException, RealizeException, InterruptedException {
    return apply(new RealChange.Replace(path, indexed, null, null, builder));
  }

  /**
   * A file that is collected in {@link PartialFiles}.
   *
   * @param content of a version that follows the file at the path
   */
  public record Arrival(ContentHash content, int mode, FileTime mtime) {

    private boolean isOf(Version version) {
      return version.content() instanceof Content.File file && file.hash().equals(content);
    }
  }

  /**
   * As {@link #apply}, by the partial file of the path; the version that it follows must still have
   * no other successor.
   *
   * @throws Corrupt if the partial file has another content: nothing has changed
   */
  public ApplyOutcome replace(RelativePath path, FileStat indexed, Arrival arrival)
      throws IOException, RealizeException, InterruptedException {
    Optional<Version> version =
        store
            .<Optional<PathState>>read(reader -> reader.path(path))
            .flatMap(Judgement::successor)
            .filter(arrival::isOf);
    RealChange.Attributes attributes = new RealChange.Attributes(arrival.mode(), arrival.mtime());
    return version.isEmpty()
        ? ApplyOutcome.CHANGED
        : apply(new RealChange.Adopt(path, indexed, version.get(), attributes, null));
  }

  /**
   * Makes changes, as {@link #apply} each, and all of them for about the cost of one sync. Those of
   * directories come before those of names in them, but removals after.
   *
   * @param changes at most {@value #MAX_CHANGES}, of different names
   * @return the results, in the order of the changes
   * @throws InterruptedException by a builder: none of the changes is made
   */
  public List<ApplyResult> applyAll(List<RealChange> changes) throws InterruptedException {
    if (changes.size() > MAX_CHANGES) {
      throw new IllegalArgumentException(changes.size() + " changes at once");
    }
    Staging staging = new Staging(disk, sync, findings, stagings, nextStaging::getAndIncrement);
    ApplyBatch batch = new ApplyBatch(changes, trash, staging, effects, conclusion, journal);
    Set<RelativePath> taken = new HashSet<>();
    try {
      reserve(batch, taken);
      batch.stage();
      batch.perform();
    } finally {
      batch.close();
      underWay.release(taken);
    }
    return batch.results();
  }

  /**
   * Makes changes of whole directories, each by itself, by the {@link TreeProtocol}. One that is
   * not {@link ApplyOutcome#DONE} may be possible name by name.
   *
   * @return the results, in the order of the changes
   */
  public List<ApplyResult> applyTrees(List<TreeChange> changes) {
    return trees.applyAll(changes);
  }

  /** Keeps a name from all changes until it is {@link #release}d; false if it is being changed. */
  public boolean hold(RelativePath path) {
    return underWay.reserve(List.of(path), new HashSet<>());
  }

  public void release(RelativePath path) {
    underWay.release(Set.of(path));
  }

  /** A program's call that renames a directory on the disk. */
  @FunctionalInterface
  public interface RenameCall {
    void run() throws RealizeException;
  }

  /**
   * Has a program rename a directory with all that is known below it, on the disk or not.
   *
   * @param directory what the old name has
   * @param call renames it; where it fails nothing is renamed
   * @throws Unreachable if names below either name are being changed: later
   */
  public void renameTree(TreeRename rename, FileStat directory, RenameCall call)
      throws IOException, RealizeException {
    trees.renames().rename(rename, directory, call);
  }

  /** True if earlier renames have to be announced first: those that touch a name, or too many. */
  public static boolean isTouched(ArenaReader reader, TreeRename next) throws StorageFailed {
    return RenameProtocol.isTouched(reader, next);
  }

  /** True if a file system of its own is mounted at or below one of the names, or was. */
  public static boolean holdsPlaces(ArenaReader reader, TreeRename rename) throws StorageFailed {
    return TreeProtocol.holdsPlaces(reader, List.of(rename.from(), rename.to()));
  }

  /** True if nothing is visible below the new name, and no path below it would be too long. */
  public static boolean canCommit(ArenaReader reader, TreeRename rename) throws StorageFailed {
    return RenameProtocol.canCommit(reader, rename);
  }

  /** Does steps of earlier renames, in commits, until none {@link #isTouched}. */
  public static void settle(ArenaStore store, TreeRename next) throws RealizeException {
    RenameProtocol.settle(store, next);
  }

  /** Renames all that is known below a directory of which nothing is on the disk. */
  public static void commit(ArenaWriter writer, TreeRename rename) throws StorageFailed {
    RenameProtocol.commit(writer, rename);
  }

  /** Keeps the names from other batches, and concludes what an earlier one left there. */
  private void reserve(ApplyBatch batch, Set<RelativePath> taken) {
    for (Change each : batch.open()) {
      if (!underWay.reserve(each.change().names(), taken)) {
        each.fails(
            new Unreachable(
                "change '%s': it is being changed already".formatted(each.change().path())));
      }
    }
    Set<RelativePath> touched = batch.directories();
    touched.addAll(taken);
    try {
      List<ApplyIntent> left = store.read(ApplyIntent::read);
      left.removeIf(intent -> intent.names().stream().noneMatch(touched::contains));
      concludeLeft(left, taken).forEach(batch::failsFor);
      List<TreeIntent> moving = store.read(TreeIntent::read);
      for (Change each : moving.isEmpty() ? List.<Change>of() : batch.open()) {
        if (each.change().names().stream().anyMatch(name -> covers(moving, name))) {
          each.fails(
              new Unreachable(
                  "change '%s': its directory is being moved".formatted(each.change().path())));
        }
      }
    } catch (RealizeException e) {
      batch.open().forEach(each -> each.fails(e));
    }
    batch.unlock(directory -> underWay.reserve(List.of(directory), taken));
  }

  private static boolean covers(List<TreeIntent> trees, RelativePath name) {
    return trees.stream().anyMatch(tree -> tree.covers(name));
  }

  /** The changes that are not concluded, for scans: they are no changes of a user's. */
  public static final class OpenChanges {
    private final Map<RelativePath, List<ApplyIntent>> intents = new HashMap<>();
    private final List<TreeIntent> trees;

    private OpenChanges(List<ApplyIntent> all, List<TreeIntent> trees) {
      this.trees = trees;
      for (ApplyIntent each : all) {
        for (RelativePath name : each.names()) {
          intents.computeIfAbsent(name, _ -> new ArrayList<>()).add(each);
        }
      }
    }

    /** True if an absence of the name proves nothing. */
    public boolean mayMiss(RelativePath path) {
      return intents.containsKey(path) || isMoving(path);
    }

    /** True if the path lies in a directory that is being moved: nothing there proves anything. */
    public boolean isMoving(RelativePath path) {
      return covers(trees, path);
    }

    /** True if what was found at the name is what such a change has made there. */
    public boolean hasMade(RelativePath path, FileStat found) {
      return isMoving(path)
          || intents.getOrDefault(path, List.of()).stream()
              .anyMatch(intent -> intent.hasMade(path, found));
    }

    /** The version of what such a change has made at the name, if that is what was found there. */
    public Optional<Version> made(RelativePath path, FileStat found) {
      return intents.getOrDefault(path, List.of()).stream()
          .flatMap(intent -> intent.made(path, found).stream())
          .findFirst();
    }
  }

  /** The changes that are not concluded. */
  public static OpenChanges open(ArenaReader reader) throws StorageFailed {
    return new OpenChanges(ApplyIntent.read(reader), TreeIntent.read(reader));
  }

  /** The changes that are not concluded, in places that are certain. */
  private static List<ApplyIntent> left(ArenaReader reader) throws StorageFailed {
    List<ApplyIntent> intents = ApplyIntent.read(reader);
    if (!intents.isEmpty()) {
      Optional<PlaceTable> places = PlaceTable.read(reader);
      intents.removeIf(
          left -> places.filter(table -> table.doubt(left.path()).isPresent()).isPresent());
    }
    return intents;
  }

  /** Deletes the new files that a kill left in a place, before any was put in its place. */
  void clear(RelativePath place) throws IOException, RealizeException {
    Set<RelativePath> waiting =
        store.<List<ApplyIntent>>read(ApplyIntent::read).stream()
            .map(ApplyIntent::file)
            .collect(toUnmodifiableSet());
    Staging.clear(disk, place, waiting, stagings);
  }

  /**
   * Finishes or takes back the changes that no thread is at work on, in the places that are
   * certain. Each is tried by itself; the first failure is thrown. Where that fails, or the place
   * is in doubt, the intent stays open: its files in the trash are busy, and an absence of its name
   * is no removal.
   */
  void conclude() throws RealizeException, IOException {
    trees.conclude();
    Map<ApplyIntent, IOException> failures =
        concludeLeft(store.read(ApplyProtocol::left), Set.of());
    for (IOException first : failures.values()) {
      throw first;
    }
  }

  /**
   * Directories that were removed come before what was in them, as some may get their names back;
   * those that are to be locked come last, and are writable until then.
   */
  private List<ApplyIntent> inOrder(List<ApplyIntent> intents) {
    List<ApplyIntent> ordered = new ArrayList<>();
    for (ApplyIntent each : intents.reversed()) {
      if (each.removesDirectory()) {
        ordered.add(each);
      }
    }
    List<ApplyIntent> locks = new ArrayList<>();
    for (ApplyIntent each : intents) {
      if (each.kind() == ApplyIntent.Kind.UNLOCK) {
        effects.unlock(each);
        locks.add(each);
      } else if (!each.removesDirectory()) {
        ordered.add(each);
      }
    }
    ordered.addAll(locks);
    return ordered;
  }

  /**
   * Concludes changes that no batch is at work on.
   *
   * @param mine names that the caller keeps from others already
   * @return those that stay open, with the cause
   */
  private Map<ApplyIntent, IOException> concludeLeft(List<ApplyIntent> left, Set<RelativePath> mine)
      throws RealizeException {
    Map<ApplyIntent, IOException> failures = new LinkedHashMap<>();
    Set<RelativePath> taken = new HashSet<>();
    try {
      List<ApplyIntent> free = new ArrayList<>();
      for (ApplyIntent each : left) {
        List<RelativePath> others =
            each.names().stream()
                .filter(name -> !mine.contains(name) && !taken.contains(name))
                .toList();
        if (underWay.reserve(others, taken)) {
          free.add(each);
        }
      }
      if (free.isEmpty()) {
        return failures;
      }
      free.retainAll(Set.copyOf(store.<List<ApplyIntent>>read(ApplyIntent::read)));
      List<Settled> settled = new ArrayList<>();
      for (ApplyIntent each : inOrder(free)) {
        each.slot().ifPresent(trash::hold);
        try {
          Settled now = conclusion.settle(each);
          LOG.info(
              "arena {}: '{}' was being changed: {}", store.arena(), each.path(), now.outcome());
          settled.add(now);
        } catch (IOException e) {
          failures.put(each, e);
        }
      }
      failures.putAll(journal.end(conclusion.again(settled), new HoldingPlaces(disk)));
      for (ApplyIntent each : free) {
        if (each.waitsInStaging()) {
          Staging.removeDirectories(disk, each.file());
        }
      }
    } finally {
      underWay.release(taken);
    }
    return failures;
  }
}
