package org.realize.sync.move;

import java.io.IOException;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.ApplyProtocol;

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

  /** True if a listed file may take the place of a different one, of an older version. */
  boolean replaces(MovedFile file, MovedFile there) throws RealizeException;

  /** Puts the partial file of a listed file in the place of the one that is there, durably. */
  ApplyProtocol.ApplyOutcome replace(MovedFile file, MovedFile there)
      throws IOException, RealizeException, InterruptedException;
}
