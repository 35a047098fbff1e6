package org.realize.chaos.sim;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.chaos.sim.SimulatedDisk.Item;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.Engagements.MoveRole;
import org.realize.sync.pin.DropOutcome;

/**
 * Some files on their way from one peer to another at a third one's, or an end's, command: file by
 * file, one effect at a time, in the order that {@code FileMove} keeps, under the ends' real {@link
 * Engagements}. It ends with the mover's process. What it finds out about the target counts only
 * under the engagement of the source that was in force before.
 */
final class SimulatedMove {

  private static final int MOST_CHANGES = 5;

  /**
   * Answers that the target does not hold the file yet, after which the mover gives the file up.
   */
  private static final int MOST_DELAYS = 4;

  /** Tries that an end did not answer, after which the user gives up. */
  private static final int MOST_FAILURES = 12;

  /** The next stage for the current file. */
  private enum Stage {
    ENGAGE,
    LIST,
    LOOK,
    COPY,
    PUBLISH,
    FORCE,
    SETTLE,
    INDEX,
    DROP,
    AWAIT
  }

  private final SimulatedPeer mover;
  private final End source;
  private final End target;
  private final Deque<RelativePath> paths;
  private final Index index;
  private final History history;

  private Stage stage = Stage.ENGAGE;
  private @Nullable Item listed;
  private @Nullable UUID since;
  private @Nullable SimulatedDrop drop;
  private boolean targetIsLost;
  private int changes;
  private int delays;
  private int failures;

  /** A peer's scan of its whole disk. */
  interface Index {
    void scan(SimulatedPeer peer) throws RealizeException, InterruptedException;
  }

  /** Of all three the source and the target have roots. */
  SimulatedMove(
      SimulatedPeer mover,
      SimulatedPeer source,
      SimulatedPeer target,
      Collection<RelativePath> paths,
      Index index,
      History history) {
    this.mover = mover;
    this.source = new End(source, MoveRole.SOURCE);
    this.target = new End(target, MoveRole.TARGET);
    this.paths = new ArrayDeque<>(paths);
    this.index = index;
    this.history = history;
  }

  SimulatedPeer mover() {
    return mover;
  }

  SimulatedPeer source() {
    return source.peer;
  }

  SimulatedPeer target() {
    return target.peer;
  }

  Collection<RelativePath> paths() {
    return paths;
  }

  boolean isOver() {
    return paths.isEmpty();
  }

  /** True while the source is giving up a file, as far as the mover knows. */
  boolean isWaiting() {
    return stage == Stage.AWAIT
        && drop != null
        && mover.reaches(source.peer)
        && isBeingDropped(drop);
  }

  private boolean isBeingDropped(SimulatedDrop asked) {
    return source.peer.drops().contains(asked);
  }

  /** The peer where the next step has its effect. */
  SimulatedPeer at() {
    return switch (stage) {
      case ENGAGE, LIST, DROP, AWAIT -> source.peer;
      case LOOK, COPY, PUBLISH, FORCE, SETTLE, INDEX -> target.peer;
    };
  }

  /** A disk was lost with all that was on it. */
  void diskLost(SimulatedPeer peer) {
    targetIsLost |= peer == target.peer;
  }

  void step() throws InterruptedException {
    try {
      take(paths.getFirst());
    } catch (VersionGone _) {
      listed = null;
      stage = Stage.ENGAGE;
      if (++changes > MOST_CHANGES) {
        nextFile();
      }
    } catch (Unreachable _) {
      stage = Stage.ENGAGE;
      if (++failures > MOST_FAILURES) {
        paths.clear();
      }
    } catch (RealizeException _) {
      nextFile();
    }
    if (isOver()) {
      source.release();
      target.release();
    }
  }

  private void nextFile() {
    paths.removeFirst();
    listed = null;
    changes = 0;
    delays = 0;
    stage = Stage.ENGAGE;
  }

  private void take(RelativePath path) throws RealizeException, InterruptedException {
    switch (stage) {
      case ENGAGE -> {
        since = source.engage();
        targetIsLost = false;
        stage = listed == null ? Stage.LIST : Stage.LOOK;
      }
      case LIST -> list(path);
      case LOOK -> look(path);
      case COPY -> copy(path);
      case PUBLISH -> publish(path);
      case FORCE, SETTLE -> force(path);
      case INDEX -> {
        target.reach();
        index.scan(target.peer);
        stage = Stage.DROP;
      }
      case DROP -> drop(path);
      case AWAIT -> await();
    }
  }

  /** Only what the index knows as it is on the disk. */
  private void list(RelativePath path) throws RealizeException, InterruptedException {
    try (Engagements.Call _ = source.begin()) {
      listed = source.peer.disk().at(path).orElseThrow(SimulatedMove::changed);
      if (!(listed.content() instanceof Content.File)
          || !SimulatedPeer.isIndexed(
              source.peer.arena().read(reader -> reader.path(path)), listed)) {
        throw changed();
      }
    }
    stage = Stage.LOOK;
  }

  private static VersionGone changed() {
    return new VersionGone("it changed since it was listed");
  }

  private Item listed() {
    if (listed == null) {
      throw new IllegalStateException("nothing is listed");
    }
    return listed;
  }

  private void look(RelativePath path) throws RealizeException, InterruptedException {
    try (Engagements.Call _ = target.begin()) {
      Optional<Item> there = target.peer.disk().at(path);
      if (there.isPresent() && !there.get().content().equals(listed().content())) {
        throw new Invalid("a different file is there");
      }
      stage = there.isPresent() ? Stage.SETTLE : Stage.COPY;
    }
  }

  private void copy(RelativePath path) throws RealizeException, InterruptedException {
    try (Engagements.Call _ = source.begin()) {
      Optional<Item> now = source.peer.disk().at(path);
      if (now.isEmpty() || !now.get().stat().sameFile(listed().stat())) {
        throw changed();
      }
      if (target.peer.disk().isFull()) {
        throw new Invalid("the target's disk is full");
      }
      try (Engagements.Call _ = target.begin()) {
        target.peer.disk().collect(path, now.get().content());
      }
    }
    stage = Stage.PUBLISH;
  }

  private void publish(RelativePath path) throws RealizeException, InterruptedException {
    try (Engagements.Call _ = target.begin()) {
      SimulatedDisk disk = target.peer.disk();
      Content collected = disk.partial(path);
      if (collected.isAbsent() || disk.at(path).isPresent() || !makeDirectories(parent(path))) {
        throw new Invalid("it cannot be put there");
      }
      target.peer.faults().pass("before a file is finished");
      history.arrived(path, collected);
      disk.publish(path, listed().stat().mode(), listed().stat().mtime());
      target.peer.faults().pass("after a file is finished");
    }
    stage = Stage.FORCE;
  }

  private static RelativePath parent(RelativePath path) {
    return path.parent().orElse(RelativePath.ROOT);
  }

  private boolean makeDirectories(RelativePath directory) {
    SimulatedDisk disk = target.peer.disk();
    if (!disk.isDirectory(directory)
        && disk.at(directory).isEmpty()
        && makeDirectories(parent(directory))) {
      disk.put(directory, new Content.Directory(), 0755, FileTime.EPOCH);
    }
    return disk.isDirectory(directory);
  }

  private void force(RelativePath path) throws RealizeException, InterruptedException {
    try (Engagements.Call _ = target.begin()) {
      if (!target.peer.disk().contentAt(path).equals(listed().content())) {
        throw changed();
      }
      target.peer.disk().force();
    }
    stage = Stage.INDEX;
  }

  private void drop(RelativePath path) throws RealizeException {
    Engagements.Call call = source.begin(since);
    try {
      drop = new SimulatedDrop(source.peer, target.peer, path, listed(), call);
    } catch (RealizeException failure) {
      call.close();
      throw failure;
    }
    if (targetIsLost) {
      drop.diskLost(target.peer);
    }
    source.peer.drops().add(drop);
    stage = Stage.AWAIT;
  }

  private void await() throws RealizeException {
    SimulatedDrop asked = drop;
    if (asked == null) {
      throw new IllegalStateException("nothing was asked for");
    }
    source.reach();
    if (!asked.isOver()) {
      if (!isBeingDropped(asked)) {
        throw source.lost();
      }
    } else {
      switch (asked.outcome()) {
        case DropOutcome.Failed(VersionGone gone) -> throw gone;
        case DropOutcome.Postponed _ when delays < MOST_DELAYS -> {
          delays++;
          stage = Stage.INDEX;
        }
        case DropOutcome.Dropped _,
            DropOutcome.Kept _,
            DropOutcome.Postponed _,
            DropOutcome.Failed _ ->
            nextFile();
      }
    }
  }

  /** One end as the mover has it. */
  private final class End {
    private final SimulatedPeer peer;
    private final MoveRole role;
    private @Nullable UUID engagement;

    End(SimulatedPeer peer, MoveRole role) {
      this.peer = peer;
      this.role = role;
    }

    /** A call was lost with its connection, and the engagement is given up with it. */
    Unreachable lost() {
      engagement = null;
      return new Unreachable("no answer");
    }

    void reach() throws RealizeException {
      if (!mover.reaches(peer) || !peer.isLookedAt()) {
        throw lost();
      }
    }

    UUID engage() throws RealizeException, InterruptedException {
      reach();
      UUID known = engagement;
      if (known == null) {
        if (!peer.drops().isEmpty()) {
          throw new Unreachable("calls of the last move still run");
        }
        known = peer.engagements().engage(mover.name().value(), SimulatedPeer.ARENA, role);
        engagement = known;
      }
      return known;
    }

    Engagements.Call begin() throws RealizeException, InterruptedException {
      return begin(engage());
    }

    Engagements.Call begin(@Nullable UUID under) throws RealizeException {
      reach();
      if (under == null) {
        throw lost();
      }
      try {
        return peer.engagements().begin(under, mover.name().value(), SimulatedPeer.ARENA);
      } catch (Unreachable ended) {
        engagement = under.equals(engagement) ? null : engagement;
        throw ended;
      }
    }

    void release() {
      if (engagement != null && mover.reaches(peer)) {
        peer.engagements().release(engagement, mover.name().value());
      }
    }
  }
}
