package org.realize.sync.pin;

import org.realize.sync.model.RealizeException;

/** The end of one attempt to give up one file. */
public sealed interface DropOutcome {

  /** The file is in the trash and no longer in the tree. */
  record Dropped() implements DropOutcome {}

  /** The file stays for now: a peer that is needed does not hold it yet. Ask again soon. */
  record Postponed(String cause) implements DropOutcome {}

  /** The file is a directory with something in it, and stays. */
  record Kept() implements DropOutcome {}

  /** The file stays. */
  record Failed(RealizeException cause) implements DropOutcome {}
}
