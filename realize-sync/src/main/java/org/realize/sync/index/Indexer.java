package org.realize.sync.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.Disk;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Doubt;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;

/**
 * The indexer of one arena's root: it brings the index in step with the disk. It looks when it is
 * told to, has no thread of its own but for the {@link Hashers}, and commits as it goes: a crash at
 * any point leaves an index that the next {@link #scan} completes. What cannot be concluded with
 * certainty is paused and listed as a finding, and is seen again by the next look at it.
 *
 * <p>Owned by one thread; {@link #cancel}, {@link #scanned} and {@link #require} may be called from
 * any.
 */
public final class Indexer {

  private static final Rows<Boolean> SCANNED = Rows.flag("index.scanned");

  /**
   * The outcome of one run.
   *
   * @param changes paths whose change is announced to peers
   * @param again paths that changed during the observation: observe them again soon
   * @param paused subtrees from which nothing is reported: scan them again from time to time
   * @param hashing large files whose hashes are under way: look, at nothing, to commit them
   */
  public record IndexOutcome(
      int changes, Set<RelativePath> again, Set<RelativePath> paused, int hashing) {
    public IndexOutcome {
      again = Set.copyOf(again);
      paused = Set.copyOf(paused);
    }
  }

  /**
   * The parts of one root.
   *
   * @param places which of its directories are certain
   * @param changes watches every directory from just before it is listed
   * @param ignore patterns from the configuration, weaker than any ignore file
   * @param own files of this node, which are never indexed
   * @param ids inodes that programs know files by
   */
  public record Root(
      Real real,
      Places places,
      ChangeSource changes,
      List<String> ignore,
      OwnFiles own,
      NodeIds ids) {
    public Root {
      ignore = List.copyOf(ignore);
    }

    /** The parts of a root that is not mounted. */
    public Root(Real real, Places places, ChangeSource changes, List<String> ignore, OwnFiles own) {
      this(real, places, changes, ignore, own, NodeIds.NONE);
    }

    Disk disk() {
      return real.disk();
    }
  }

  private final IndexedRoot root;
  private final GlobalStore global;
  private final FileHashing hashing;
  private final IgnoreFiles ignoreFiles;
  private final IgnoreRules configured;
  private final NameIndexer.FileNames names =
      new NameIndexer.FileNames(new LinkedNames(), new KnownFiles());

  /** The whole root was walked in this life, and all that was found then is committed or hashed. */
  private boolean walked;

  /** Paths that the last look at them left for another one; owned by the indexing thread. */
  private final Set<RelativePath> open = new TreeSet<>();

  /** Unsettled places that were walked completely; owned by the indexing thread. */
  private final Set<RelativePath> complete = new TreeSet<>();

  /** Places that are listed as in doubt; owned by the indexing thread. */
  private final Set<RelativePath> doubtful = new TreeSet<>();

  /** Paths whose conclusions a failed look has lost; owned by the indexing thread. */
  private final Set<RelativePath> lost = new TreeSet<>();

  /** Files that the scan which runs, or ran last, has looked at. */
  private final AtomicLong files = new AtomicLong();

  private volatile boolean cancelled;
  private volatile boolean scanned;
  private volatile boolean dropsSettled;

  /** Intents of an earlier life in places in doubt; owned by the indexing thread. */
  private List<DropIntents.Intent> undecided = List.of();

  /** An indexer that has not looked at anything yet. */
  public Indexer(Root root, ArenaStore store, GlobalStore global, TimeSource time, Hashers hashers)
      throws RealizeException {
    IndexFindings findings = new IndexFindings(store, time);
    this.root = new IndexedRoot(root, store, time, findings, () -> cancelled);
    this.global = global;
    hashing = new FileHashing(this.root, hashers);
    ignoreFiles = new IgnoreFiles(root.disk());
    configured = IgnoreRules.ofArena(root.ignore());
    scanned = firstScanDone();
  }

  /** Looks at the whole root; the first time, gives it its identity. */
  public IndexOutcome scan() throws RealizeException, InterruptedException {
    return look(Set.of(RelativePath.ROOT));
  }

  /** Looks at {@code paths} and all that lies below those of them that are directories. */
  public IndexOutcome look(Set<RelativePath> paths) throws RealizeException, InterruptedException {
    return look(paths, Set.of());
  }

  /**
   * Looks at {@code paths} and all that lies below those of them that are directories.
   *
   * @param restless those of them that were not quiet for long: a file that changes while it is
   *     hashed is hashed from a snapshot, or up to its old size if it only grew
   */
  public IndexOutcome look(Set<RelativePath> paths, Set<RelativePath> restless)
      throws RealizeException, InterruptedException {
    if (!lost.isEmpty()) {
      Set<RelativePath> all = new TreeSet<>(paths);
      all.addAll(lost);
      lost.clear();
      return look(all, restless);
    }
    boolean isWhole = paths.contains(RelativePath.ROOT);
    boolean found = !walked && !firstScanDone();
    CommitBatches commits = new CommitBatches(root, global, found);
    Set<RelativePath> again = new TreeSet<>();
    if (isWhole) {
      files.set(0);
    }
    try {
      root.places().observe();
      if (root.places().doubt(RelativePath.ROOT).isEmpty()) {
        settleDrops();
        NameIndexer.RunKind kind = new NameIndexer.RunKind(isWhole, found, restless);
        NameIndexer indexer = new NameIndexer(root, names, hashing, commits, kind);
        TreeWalk walk = new TreeWalk(root, ignoreFiles, configured, indexer, files);
        run(isWhole ? Set.of(RelativePath.ROOT) : new TreeSet<>(paths), walk, indexer, commits);
        again.addAll(walk.again());
        again.addAll(indexer.again());
        again.addAll(commits.again());
        open.removeIf(path -> isAtOrBelow(path, paths));
        open.addAll(again);
        settlePlaces(paths, walk, indexer, commits);
        listDoubts();
        noteFirstScan(isWhole);
      } else {
        listDoubts();
      }
    } catch (InDoubt lost) {
      commits.abandon();
      root.findings().pause(RelativePath.ROOT, String.valueOf(lost.getMessage()));
      listDoubts();
    } catch (InterruptedException | RuntimeException | RealizeException ended) {
      commits.abandon();
      lost.addAll(commits.again());
      throw ended;
    }
    root.findings().save();
    again.addAll(commits.again());
    return new IndexOutcome(commits.changes(), again, root.findings().paused(), hashing.waiting());
  }

  /**
   * Ends what is unsettled in places that were walked completely, once their large files are
   * hashed. A name that the walk left open, or that is refused, is dropped first: what a later look
   * finds there, or does not find, would otherwise count as a user's change of what was indexed.
   */
  private void settlePlaces(
      Set<RelativePath> looks, TreeWalk walk, NameIndexer indexer, CommitBatches commits)
      throws RealizeException, InterruptedException {
    Set<RelativePath> unsettled = new TreeSet<>();
    for (Doubt doubt : root.places().doubts()) {
      RelativePath place = doubt.place();
      if (doubt.cause() == Doubt.Cause.UNSETTLED) {
        unsettled.add(place);
        if (isAtOrBelow(place, looks) && !walk.isIncomplete(place)) {
          complete.add(place);
        }
      }
    }
    complete.retainAll(unsettled);
    Set<RelativePath> settled = new TreeSet<>(complete);
    settled.removeIf(hashing::isWaitingBelow);
    if (settled.isEmpty()) {
      return;
    }
    Set<RelativePath> left = new TreeSet<>(root.findings().paused());
    left.removeAll(doubtful);
    left.addAll(open);
    for (RelativePath path : left) {
      if (isAtOrBelow(path, settled)) {
        indexer.drop(path);
      }
    }
    commits.finish();
    root.places().settle(settled);
    complete.removeAll(settled);
  }

  /** True if one of {@code tops} is {@code path} or lies above it. Cost: the depth of the path. */
  private static boolean isAtOrBelow(RelativePath path, Set<RelativePath> tops) {
    Optional<RelativePath> at = Optional.of(path);
    while (at.isPresent() && !tops.contains(at.get())) {
      at = at.get().parent();
    }
    return at.isPresent();
  }

  /** Lists the places that are in doubt now, and no longer those that were. */
  private void listDoubts() {
    Set<RelativePath> now = new TreeSet<>();
    for (Doubt doubt : root.places().doubts()) {
      root.findings().pause(doubt.place(), doubt.message(root.store().arena()));
      now.add(doubt.place());
    }
    doubtful.removeAll(now);
    doubtful.forEach(root.findings()::well);
    doubtful.clear();
    doubtful.addAll(now);
  }

  /**
   * Before anything is concluded from the root: files that a crash left half replaced are put back.
   * Once in a life, as soon as the root is certain, intents that had not begun, and those whose
   * files have not reached the trash though their names are taken, are void; the others make drops.
   * Those that had begun in a place in doubt are looked at once it is certain.
   */
  private void settleDrops() throws RealizeException {
    try {
      root.parts().real().resume();
      if (dropsSettled && undecided.isEmpty()) {
        return;
      }
      List<DropIntents.Intent> there = new ArrayList<>();
      List<DropIntents.Intent> later = new ArrayList<>();
      for (DropIntents.Intent intent :
          dropsSettled ? undecided : root.store().read(DropIntents::read).values()) {
        if (intent.hasBegun() && root.places().doubt(intent.path()).isPresent()) {
          later.add(intent);
          continue;
        }
        boolean isThere = root.stat(intent.path()).isPresent();
        if (!intent.hasBegun() || (isThere && !root.isInTrash(intent))) {
          there.add(intent);
        }
      }
      if (!there.isEmpty()) {
        root.store()
            .write(writer -> {
              DropIntents.withdraw(writer, there);
            });
      }
      undecided = later;
    } catch (IOException failure) {
      throw new InDoubt("cannot put back what was being replaced: " + IoCause.of(failure));
    }
    dropsSettled = true;
  }

  private void run(
      Set<RelativePath> paths, TreeWalk walk, NameIndexer indexer, CommitBatches commits)
      throws RealizeException, InterruptedException {
    for (RelativePath path : paths) {
      root.checkCancelled();
      walk.visit(path);
    }
    do {
      for (var other = indexer.nextOtherName();
          other.isPresent();
          other = indexer.nextOtherName()) {
        walk.visit(other.get());
      }
      indexer.finish();
    } while (indexer.hasOtherNames());
    for (FileHashing.Large file : hashing.takeDone()) {
      commits.add(file);
    }
    commits.finish();
  }

  private boolean firstScanDone() throws RealizeException {
    return root.store().<Boolean>read(reader -> reader.row(SCANNED).isPresent());
  }

  /**
   * Notes the first scan once all that it found, large files too, is committed. The note is
   * durable: after a power cut that took it the next scan would be the first one again, and what a
   * user changed between the two would replace nothing.
   */
  private void noteFirstScan(boolean isWhole) throws RealizeException {
    walked |= isWhole && !root.findings().paused().contains(RelativePath.ROOT);
    if (scanned || !walked || hashing.hasFound()) {
      return;
    }
    root.store()
        .write(writer -> {
          writer.putRow(SCANNED, true);
        });
    root.store().force();
    scanned = true;
  }

  /** Lists, or with null no longer lists, that some directories are not watched. */
  public void unwatched(@Nullable String cause) throws RealizeException {
    root.findings().unwatched(cause);
    root.findings().save();
  }

  /** True if something on the disk is indexed at {@code path}. Any thread may ask. */
  boolean isIndexed(RelativePath path) {
    try {
      PathState state = root.state(path);
      return state != null && state.realStat() != null;
    } catch (RealizeException failed) {
      return false; // the next look meets the same failure, and says so
    }
  }

  /** The files that the scan which runs, or ran last, has looked at. Any thread may ask. */
  long files() {
    return files.get();
  }

  /** The subtrees that are paused. */
  public Set<RelativePath> paused() {
    return root.findings().paused();
  }

  /** True once the whole root was looked at, in this life or an earlier one. */
  public boolean scanned() {
    return scanned;
  }

  /**
   * True once the root was looked at in this life, as long as it is not in doubt: what was known at
   * the last look, without asking the disk. Any thread may ask.
   */
  public boolean isCertain() {
    return dropsSettled && root.places().doubt(RelativePath.ROOT).isEmpty();
  }

  /**
   * Throws while {@code path} does not lie certainly in the directory that was indexed, and until
   * the root was looked at for the first time in this life. Any thread may ask.
   */
  public void require(RelativePath path) throws RealizeException {
    if (!dropsSettled) {
      String cause = root.places().cause(RelativePath.ROOT);
      throw new InDoubt(
          "'%s' is in doubt: %s"
              .formatted(root.store().arena(), cause.isEmpty() ? "it is not scanned yet" : cause));
    }
    root.places().require(path);
  }

  /** Those of {@code paths} that {@link #require} does not refuse. Any thread may ask. */
  Set<RelativePath> certain(Collection<RelativePath> paths) throws RealizeException {
    return dropsSettled ? root.places().settled(paths) : Set.of();
  }

  /** True if nothing may be concluded from {@code path}: what was known at the last look. */
  public boolean isDoubtful(RelativePath path) {
    return !dropsSettled || root.places().doubt(path).isPresent();
  }

  /** Ends the present run and every later one with {@link InterruptedException}, soon. */
  public void cancel() {
    cancelled = true;
  }
}
