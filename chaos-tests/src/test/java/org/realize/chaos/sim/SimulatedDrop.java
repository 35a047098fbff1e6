package org.realize.chaos.sim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.realize.chaos.sim.SimulatedDisk.Item;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.Engagements;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;

/**
 * A peer gives up a file whose bytes were found at the target of a move: one effect at a time, in
 * the order that {@code ArenaFiles} keeps. It goes on when the mover is gone, and ends with the
 * peer's process.
 */
final class SimulatedDrop {

  /** The next stage. */
  private enum Stage {
    INTEND,
    FORCE_INTENT,
    LOOK,
    PUT_ASIDE,
    UNLINK,
    FORCE_UNLINKED,
    CONCLUDE,
    OVER
  }

  /** The outcome for the file. */
  enum Outcome {
    DROPPED,
    /** It is another one by now, or not there any more. */
    CHANGED,
    /** It could not be given up. */
    STAYED
  }

  private final SimulatedPeer source;
  private final SimulatedPeer target;
  private final RelativePath path;
  private final Item listed;
  private final Engagements.Call call;
  private final History history;

  private Stage stage = Stage.INTEND;
  private Outcome outcome = Outcome.DROPPED;
  private boolean intended;
  private boolean targetIsLost;

  /**
   * A drop that has not begun.
   *
   * @param listed the file as it was when the target was compared with it
   * @param call lasts until the drop is over
   */
  SimulatedDrop(
      SimulatedPeer source,
      SimulatedPeer target,
      RelativePath path,
      Item listed,
      Engagements.Call call,
      History history) {
    this.source = source;
    this.target = target;
    this.path = path;
    this.listed = listed;
    this.call = call;
    this.history = history;
  }

  SimulatedPeer source() {
    return source;
  }

  boolean isOver() {
    return stage == Stage.OVER;
  }

  Outcome outcome() {
    return outcome;
  }

  /** A disk was lost with all that was on it, after the mover had found the file there. */
  void diskLost(SimulatedPeer peer) {
    targetIsLost |= peer == target;
  }

  void step() throws RealizeException {
    SimulatedDisk disk = source.disk();
    switch (stage) {
      case INTEND -> {
        intended =
            source
                .arena()
                .write(writer -> {
                  Map<RelativePath, FileStat> files = Map.of(path, listed.stat());
                  List<DropIntents.Intent> added = DropIntents.add(writer, files, Set.of());
                  return !DropIntents.begin(writer, added).isEmpty();
                });
        stage = Stage.FORCE_INTENT;
      }
      case FORCE_INTENT -> {
        source.arena().force();
        failedUnless(intended, Outcome.CHANGED, Stage.LOOK);
      }
      case LOOK -> failedUnless(isListed(disk.at(path)), Outcome.CHANGED, Stage.PUT_ASIDE);
      case PUT_ASIDE -> putAside();
      case UNLINK -> unlink();
      case FORCE_UNLINKED -> {
        disk.forceAll();
        stage = Stage.CONCLUDE;
      }
      case CONCLUDE -> {
        conclude();
        call.close();
        stage = Stage.OVER;
      }
      case OVER -> throw new IllegalStateException("the drop is over");
    }
  }

  private void failedUnless(boolean holds, Outcome failure, Stage next) {
    stage = holds ? next : Stage.FORCE_UNLINKED;
    outcome = holds ? outcome : failure;
  }

  /** The change time is not asked: putting aside has changed it. */
  private boolean isListed(Optional<Item> item) {
    return item.isPresent()
        && item.get().content().equals(listed.content())
        && item.get().stat().mode() == listed.stat().mode()
        && item.get().stat().sameBytes(listed.stat());
  }

  private void putAside() {
    SimulatedDisk disk = source.disk();
    boolean isFile =
        disk.at(path).map(item -> item.stat().kind() == FileStat.Kind.FILE).orElse(false);
    boolean isFree = disk.asideOf(path).isEmpty();
    if (isFile && isFree) {
      disk.putAside(path);
    }
    failedUnless(isFile && isFree, isFile ? Outcome.STAYED : Outcome.CHANGED, Stage.UNLINK);
  }

  private void unlink() {
    SimulatedDisk disk = source.disk();
    if (isListed(disk.asideOf(path))) {
      disk.unlinkAside(path);
      history.dropped(path, listed.content());
      if (targetIsLost) {
        history.giveUp(path, listed.content(), Excuse.GONE_WITH_TARGET);
      }
    } else {
      outcome = disk.putBack(path) ? Outcome.CHANGED : Outcome.STAYED;
    }
    stage = Stage.FORCE_UNLINKED;
  }

  /** Where a file is gone without our doing the scan decides, by the intent that stays. */
  private void conclude() throws RealizeException {
    boolean stays = outcome != Outcome.DROPPED && intended && source.disk().at(path).isPresent();
    source
        .arena()
        .write(writer -> {
          Optional<PathState> state = writer.path(path);
          if (outcome == Outcome.DROPPED && SimulatedPeer.isIndexed(state, listed)) {
            DropIntents.takeOver(writer, state.orElseThrow());
          } else if (outcome == Outcome.DROPPED || stays) {
            DropIntents.withdraw(
                writer, Optional.ofNullable(DropIntents.read(writer).get(path)).stream().toList());
          }
          return path;
        });
  }
}
