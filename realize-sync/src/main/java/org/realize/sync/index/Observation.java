package org.realize.sync.index;

import org.realize.sync.port.FileStat;

/** An observation: the state of one name of the disk, as the scan found it. */
sealed interface Observation {

  /** An object at the name. */
  record Present(FileStat stat) implements Observation {}

  /** An object at the name that is never shared, whatever its kind. */
  record Unshareable(String cause) implements Observation {}

  /** The absence of any object at the name. */
  record AbsentName() implements Observation {}

  /** The name is there, and its stat failed. */
  record UnreadableName(String cause) implements Observation {}
}
