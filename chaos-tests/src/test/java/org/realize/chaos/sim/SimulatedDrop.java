package org.realize.chaos.sim;

import java.util.Map;
import java.util.Optional;
import org.realize.chaos.sim.SimulatedDisk.Item;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.Engagements;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.pin.SteppedDrop;

/**
 * A file whose bytes were found at the target of a move, on its way through its peer's gate, one
 * step at a time. It continues when the mover is gone, and ends with the process.
 */
final class SimulatedDrop {

  private final SimulatedPeer source;
  private final SimulatedPeer target;
  private final RelativePath path;
  private final Item listed;
  private final Engagements.Call call;
  private final SteppedDrop steps;
  private DropOutcome outcome = new DropOutcome.Failed(new VersionGone("nothing came of it"));
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
      Engagements.Call call)
      throws RealizeException {
    this.source = source;
    this.target = target;
    this.path = path;
    this.listed = listed;
    this.call = call;
    steps =
        new SteppedDrop(
            source.gate(),
            Map.of(path, listed.stat()),
            Optional.of(target.state().identity().store()));
  }

  SimulatedPeer source() {
    return source;
  }

  /** The file that is given up, at its path. */
  History.Placed file() {
    return new History.Placed(path, listed.content());
  }

  /** True while the file is on the source's disk. */
  boolean isThere() {
    return source.disk().contentAt(path).equals(listed.content());
  }

  boolean isOver() {
    return steps.next() == SteppedDrop.Step.OVER;
  }

  /** True if the next step may take the file from its name. */
  boolean isAboutToTake() {
    return steps.next() == SteppedDrop.Step.TAKE;
  }

  DropOutcome outcome() {
    return outcome;
  }

  /** A disk was lost with all that was on it, after the mover had found the file there. */
  void diskLost(SimulatedPeer peer) {
    targetIsLost |= peer == target;
  }

  /** True if the copy that the file is given up for was lost with its disk. */
  boolean targetIsLost() {
    return targetIsLost;
  }

  void step() throws InterruptedException {
    try {
      if (steps.next() == SteppedDrop.Step.INTEND) {
        source.requireRoot();
      }
      steps.step();
      outcome = steps.outcome(path).orElse(outcome);
    } catch (RealizeException failure) {
      outcome = new DropOutcome.Failed(failure);
    }
    if (isOver()) {
      call.close();
    }
  }
}
