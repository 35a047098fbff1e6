package org.realize.sync.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ChangeSource;
import org.realize.sync.port.Disk;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.DroppedFiles;
import org.realize.sync.real.MountPoints;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIdentity;
import org.realize.sync.real.RootLostException;

/**
 * Brings the index of one arena's root in step with its disk. It looks when it is told to, has no
 * thread of its own but for the {@link Hashers}, and commits as it goes: a crash at any point
 * leaves an index that the next {@link #scan} completes. What cannot be concluded with certainty is
 * paused and listed as a finding, and is seen again by the next look at it.
 *
 * <p>Owned by one thread; {@link #cancel}, {@link #scanned} and {@link #requireRoot} may be called
 * from any.
 */
public final class Indexer {

  private static final Rows<Boolean> SCANNED = Rows.flag("index.scanned");

  /**
   * What one run did.
   *
   * @param changes paths whose change is announced to peers
   * @param again paths that changed while they were looked at: look again soon
   * @param paused subtrees from which nothing is reported: look again from time to time
   */
  public record Outcome(int changes, Set<RelativePath> again, Set<RelativePath> paused) {
    public Outcome {
      again = Set.copyOf(again);
      paused = Set.copyOf(paused);
    }
  }

  /**
   * What belongs to one root.
   *
   * @param ignore patterns from the configuration, weaker than any ignore file
   */
  public record Root(Real real, List<String> ignore) {
    public Root {
      ignore = List.copyOf(ignore);
    }

    Disk disk() {
      return real.disk();
    }
  }

  private final Root root;
  private final ArenaStore store;
  private final GlobalStore global;
  private final TimeSource time;
  private final ChangeSource changes;
  private final Hashers hashers;
  private final RootIdentity identity;
  private final MountPoints mounts;
  private final Findings findings;
  private final IgnoreFiles ignoreFiles;
  private final IgnoreRules configured;
  private final LinkedNames linked = new LinkedNames();

  private volatile boolean cancelled;
  private volatile boolean scanned;
  private volatile boolean dropsSettled;

  /**
   * An indexer that has not looked at anything yet.
   *
   * @param changes told to watch every directory just before it is listed
   * @param random for the root's id
   */
  public Indexer(
      Root root,
      ArenaStore store,
      GlobalStore global,
      TimeSource time,
      ChangeSource changes,
      Hashers hashers,
      RandomGenerator random)
      throws RealizeException {
    this.root = root;
    this.store = store;
    this.global = global;
    this.time = time;
    this.changes = changes;
    this.hashers = hashers;
    identity = new RootIdentity(root.disk(), store, random);
    mounts = new MountPoints(store);
    findings = new Findings(store, time);
    ignoreFiles = new IgnoreFiles(root.disk());
    configured = IgnoreRules.of(root.ignore());
    scanned = firstScanDone();
  }

  /** Looks at the whole root; the first time, gives it its identity. */
  public Outcome scan() throws RealizeException, InterruptedException {
    return look(Set.of(RelativePath.ROOT));
  }

  /** Looks at {@code paths} and all that lies below those of them that are directories. */
  public Outcome look(Set<RelativePath> paths) throws RealizeException, InterruptedException {
    boolean whole = paths.contains(RelativePath.ROOT);
    Commits commits =
        new Commits(
            root.disk(),
            store,
            global,
            time,
            identity,
            findings,
            !firstScanDone(),
            () -> cancelled);
    try {
      if (whole) {
        identity.establish();
      }
      identity.check();
      settleDrops();
      walk(whole ? Set.of(RelativePath.ROOT) : new TreeSet<>(paths), commits);
      identity.check();
      if (whole) {
        noteFirstScan();
      }
    } catch (RootLostException lost) {
      commits.abandon();
      findings.pause(RelativePath.ROOT, String.valueOf(lost.getMessage()));
    } catch (InterruptedException | RuntimeException | RealizeException ended) {
      commits.abandon();
      throw ended;
    }
    findings.save();
    return new Outcome(commits.changes(), commits.again(), findings.paused());
  }

  /**
   * Once in a life, as soon as the root is certain and before anything is concluded from it: files
   * that a crash left half dropped or replaced go back, and intents whose files are there are void.
   */
  private void settleDrops() throws RealizeException, RootLostException {
    if (dropsSettled) {
      return;
    }
    try {
      new DroppedFiles(root.disk()).restore();
      root.real().apply().resume();
      List<RelativePath> there = new ArrayList<>();
      for (RelativePath path : store.read(DropIntents::read)) {
        if (root.disk().stat(path).isPresent()) {
          there.add(path);
        }
      }
      if (!there.isEmpty()) {
        store.write(writer -> {
          DropIntents.withdraw(writer, there);
        });
      }
    } catch (IOException failure) {
      throw new RootLostException(
          "cannot put back what was being dropped or replaced: " + IoCause.of(failure));
    }
    dropsSettled = true;
  }

  private void walk(Set<RelativePath> paths, Commits commits)
      throws RealizeException, RootLostException, InterruptedException {
    Look look =
        new Look(
            root.disk(),
            store,
            time,
            hashers,
            root.real().capabilities(),
            mounts,
            linked,
            findings,
            commits,
            () -> cancelled);
    Walk walk = new Walk(root.disk(), store, changes, ignoreFiles, configured, findings, look);
    for (RelativePath path : paths) {
      look.checkCancelled();
      walk.touched(path);
    }
    for (var other = look.nextOtherName(); other.isPresent(); other = look.nextOtherName()) {
      walk.touched(other.get());
    }
    look.removals();
    commits.finish();
  }

  private boolean firstScanDone() throws RealizeException {
    return store.<Boolean>read(reader -> reader.row(SCANNED).isPresent());
  }

  private void noteFirstScan() throws RealizeException {
    if (findings.paused().contains(RelativePath.ROOT)) {
      return;
    }
    if (!firstScanDone()) {
      store.write(writer -> {
        writer.putRow(SCANNED, true);
      });
    }
    scanned = true;
  }

  /** Lists, or with null no longer lists, that some directories are not watched. */
  public void unwatched(@Nullable String cause) throws RealizeException {
    findings.unwatched(cause);
    findings.save();
  }

  /** The subtrees that are paused. */
  public Set<RelativePath> paused() {
    return findings.paused();
  }

  /** True once the whole root was looked at, in this life or an earlier one. */
  public boolean scanned() {
    return scanned;
  }

  /**
   * Throws while the root is not certainly the one that was indexed, and until it was looked at for
   * the first time in this life. Any thread may ask.
   */
  public void requireRoot() throws RealizeException {
    if (!dropsSettled) {
      throw new Unreachable("arena '%s' was not looked at yet".formatted(store.arena()));
    }
    try {
      identity.check();
    } catch (RootLostException lost) {
      throw new Unreachable("arena '%s' is paused".formatted(store.arena()), lost);
    }
  }

  /** Ends the present run and every later one with {@link InterruptedException}, soon. */
  public void cancel() {
    cancelled = true;
  }
}
