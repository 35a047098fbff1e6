package org.realize.sync.engine;

import java.time.Duration;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/**
 * A piece of an arena's background work that advances in steps. One step is bounded: a page of a
 * table, one blob, one file. Between two steps nothing is held open, so a job can be left at any
 * step and is resumed from what is in the store. Used by one thread at a time.
 */
public sealed interface Job
    permits BlobReaper,
        BranchCompletion,
        EventLog,
        NewestWins,
        TrashExpiry,
        Upkeep,
        Scrub,
        FilesJob,
        SyncJob,
        LargeFiles,
        LostSides,
        Unrealizing {

  /** The work in a few words, for the log: "empty the trash". */
  String purpose();

  /**
   * Does the next step.
   *
   * @return the time until the next step is due; empty once the job is done for good
   * @throws RealizeException if the step failed; the same step may be tried again later
   */
  Optional<Duration> step() throws RealizeException, InterruptedException;
}
