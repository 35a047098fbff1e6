package org.realize.nima.control;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * A line of the stream that a move answers: an event, or as the last one neither, or why the move
 * ended early.
 */
record MoveLine(@Nullable MoveEvent event, Failure.@Nullable Body failure) {

  static final MoveLine END = new MoveLine(null, null);

  static MoveLine failed(RealizeException cause) {
    return new MoveLine(null, new Failure.Body(Failure.of(cause), cause.oneLine()));
  }
}
