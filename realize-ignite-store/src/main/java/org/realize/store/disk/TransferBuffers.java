package org.realize.store.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Native memory through which heap buffers are read and written: pieces of {@value #BYTES} bytes,
 * of which at most {@value #KEPT} are kept for reuse. Thread-safe.
 */
final class TransferBuffers {

  static final int BYTES = 128 * 1024;
  private static final int KEPT = 32;

  private final ArrayBlockingQueue<MemorySegment> free = new ArrayBlockingQueue<>(KEPT);

  /** A piece that is free, or a new one; return it with {@link #give}. */
  MemorySegment take() {
    MemorySegment segment = free.poll();
    return segment != null ? segment : Arena.ofAuto().allocate(BYTES, 64);
  }

  /** Keeps a piece for reuse; above the bound it is left to the garbage collector. */
  void give(MemorySegment segment) {
    boolean ignored = free.offer(segment);
  }
}
