package org.realize.sync.move;

import java.util.List;
import org.realize.sync.model.RealizeException;
import org.realize.sync.pin.DropOutcome;

/** The decisions about the files of a source that its disk alone cannot make. Thread-safe. */
interface SourceRules {

  /** Throws while nothing may be taken from the root. */
  void check() throws RealizeException;

  /** Those of some files that may be moved as they are now. */
  List<MovedFile> movable(List<MovedFile> files) throws RealizeException;

  /** Files and bytes of the whole source, on a page without files. */
  MoveSource.Page totals() throws RealizeException;

  /** As {@link MoveSource#drop}. */
  List<DropOutcome> drop(List<MovedFile> files) throws RealizeException, InterruptedException;
}
