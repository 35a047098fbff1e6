package org.realize.sync.real;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** A change of the file of a root, which a kill, a fault or a user may stop at any call. */
abstract class AppliedChange {
  final ManualTime time = new ManualTime();
  final MemoryDisk disk = new MemoryDisk(time);
  boolean isStopped;
  @Nullable ApplyOutcome outcome;

  /** The change itself. */
  interface Attempt {
    ApplyOutcome run() throws IOException, RealizeException, InterruptedException;
  }

  abstract ApplyRig rig();

  final void attempt(Attempt change) throws InterruptedException {
    try {
      outcome = change.run();
    } catch (IOException | RealizeException e) {
      isStopped = true;
    }
  }

  /** Kills, and kills the next life after some effects, too; then lets a life work. */
  final void resume(long secondKill) throws IOException, RealizeException {
    disk.kill();
    disk.powerOffAfter(secondKill);
    try {
      rig().resume();
      isStopped |= rig().hasIntents();
    } catch (IOException | RealizeException e) {
      isStopped = true;
    }
    disk.kill();
    rig().resume();
  }

  /** Requires that the trash or a name has every content, once the user has closed its files. */
  final void requireNothingLost(String when) throws IOException, RealizeException {
    rig().user.closes();
    rig().look();
    rig().requireNothingLost(when);
  }
}
