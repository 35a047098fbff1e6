package org.realize.nima.control;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * A line of the stream that long work answers: an event, or as the last one neither, or why the
 * work ended early.
 */
record StreamLine<E>(@Nullable E event, Failure.@Nullable Body failure) {

  static <E> StreamLine<E> end() {
    return new StreamLine<>(null, null);
  }

  static <E> StreamLine<E> failed(RealizeException cause) {
    return new StreamLine<>(null, new Failure.Body(Failure.of(cause), cause.oneLine()));
  }
}
