package org.realize.sync.move;

import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;

/** The decisions about the files of a target that its disk alone cannot make. Thread-safe. */
interface TargetRules {

  /** Throws while nothing may be put at a path. */
  void check(RelativePath path) throws RealizeException;

  /** Throws {@link Invalid} if no file can be moved to a path. */
  void admit(RelativePath path) throws RealizeException;

  /**
   * Throws if the bytes of a file that is there may not be compared: it is not shared, or not
   * indexed as it is now.
   */
  void admitThere(MovedFile there) throws RealizeException;
}
