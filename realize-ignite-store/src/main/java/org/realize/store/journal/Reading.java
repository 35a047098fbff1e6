package org.realize.store.journal;

import org.jspecify.annotations.Nullable;

/** A computation over several rows, all as of one commit. */
@FunctionalInterface
public interface Reading<T extends @Nullable Object, E extends Exception> {
  /** Reads; it must not wait for anything. */
  T run() throws E;
}
