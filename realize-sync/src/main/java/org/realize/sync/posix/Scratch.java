package org.realize.sync.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Native memory for the arguments of system calls, lent to one operation at a time, so that a call
 * allocates none. A few pieces are kept for reuse; thread-safe.
 */
final class Scratch {

  static final long BYTES = 8 * 1024;

  private static final int KEPT = 64;
  private static final int PROBES = 4;
  private static final AtomicReferenceArray<@Nullable Scratch> FREE =
      new AtomicReferenceArray<>(KEPT);

  final MemorySegment memory = Arena.ofAuto().allocate(BYTES, 64);
  final MemorySegment errno = memory.asSlice(0, Native.ERRNO_LAYOUT);

  private Scratch() {}

  /** A piece with any content. */
  static Scratch take() {
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i < PROBES; i++) {
      Scratch free = FREE.getAndSet((start + i) & (KEPT - 1), null);
      if (free != null) {
        return free;
      }
    }
    return new Scratch();
  }

  /** Takes it back; the collector frees what finds no place. */
  void give() {
    int start = (int) Thread.currentThread().threadId();
    for (int i = 0; i < PROBES; i++) {
      if (FREE.compareAndSet((start + i) & (KEPT - 1), null, this)) {
        return;
      }
    }
  }
}
