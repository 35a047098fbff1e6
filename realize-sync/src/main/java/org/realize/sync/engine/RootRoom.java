package org.realize.sync.engine;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.real.Real;

/**
 * The room on the disk of an arena's root, and what found too little of it: that is tried again
 * once there is enough for the smallest. Files that are smaller, and what needs no room, are not
 * held up. Thread-safe.
 */
final class RootRoom {

  private static final Duration LOOKS = Engine.FIRST_RETRY;

  private final Arena arena;
  private final @Nullable Real root;

  /** The smallest number of bytes that found no room; guarded by this, as the next one. */
  private long refusedBytes = Long.MAX_VALUE;

  private long lookNanos;

  RootRoom(Arena arena) {
    this.arena = arena;
    root = arena.root();
  }

  /** What may be written to the root's disk; negative where too little is free. */
  long spareBytes() throws StorageFailed {
    try {
      return root == null ? Long.MAX_VALUE : root.disk().usage().spareBytes();
    } catch (IOException e) {
      throw new StorageFailed("ask how much room the root of %s has".formatted(arena.name()), e);
    }
  }

  /** Notes that a file of so many bytes found no room. */
  synchronized void refused(long bytes) {
    if (refusedBytes == Long.MAX_VALUE) {
      lookNanos = arena.time().monotonicNanos() + LOOKS.toNanos();
    }
    refusedBytes = Math.min(refusedBytes, bytes);
  }

  /** True if there is room again for something that found none; true once. */
  synchronized boolean isBack() throws StorageFailed {
    if (untilLook().filter(Duration::isZero).isEmpty()) {
      return false;
    }
    lookNanos = arena.time().monotonicNanos() + LOOKS.toNanos();
    if (spareBytes() < refusedBytes) {
      return false;
    }
    refusedBytes = Long.MAX_VALUE;
    return true;
  }

  /** The time until {@link #isBack} looks at the disk again; empty if nothing waits for room. */
  synchronized Optional<Duration> untilLook() {
    long left = lookNanos - arena.time().monotonicNanos();
    return refusedBytes == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, left)));
  }
}
