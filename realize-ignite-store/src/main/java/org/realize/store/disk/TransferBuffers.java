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

  MemorySegment take() {
    MemorySegment segment = free.poll();
    return segment != null ? segment : Arena.ofAuto().allocate(BYTES, 64);
  }

  /** Takes it back; the collector takes what is above the bound. */
  void give(MemorySegment segment) {
    boolean ignored = free.offer(segment);
  }
}
