package org.realize.sync.move;

import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;

/** One end of a move. Thread-safe for different files. */
public interface MoveEnd {

  /** The name of this end, for people. */
  String name();

  /**
   * The hashes of the pieces of a range of a file that a source listed, or that {@link
   * MoveTarget#progress} found finished: {@link Pieces#HASH_BYTES} bytes for every {@link
   * Pieces#MAX_RANGE_BYTES}, the last piece may be shorter. The range is at most {@link
   * Pieces#MAX_HASHED_BYTES}.
   */
  byte[] hash(MovedFile file, ByteRange range) throws RealizeException, InterruptedException;
}
