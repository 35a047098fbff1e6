package org.realize.fuse.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.realize.sync.posix.NativeBuffer;

/**
 * Buffers for answers that wait: bodies of at most {@value #MAX_BYTES} bytes in all are lent at a
 * time, in sizes that double. Who finds none waits, fairly; some of what comes back is kept for the
 * next.
 */
final class BufferPool {

  private static final int MAX_BYTES = 64 << 20;
  private static final int MAX_IDLE_BYTES = 16 << 20;
  private static final int SMALLEST_BITS = 12;
  private static final int LARGEST_BITS = 20;

  private final Semaphore units = new Semaphore(MAX_BYTES >> SMALLEST_BITS, true);
  private final List<Deque<NativeBuffer>> idle = new ArrayList<>(); // guarded by this
  private int idleBytes; // guarded by this

  BufferPool() {
    for (int bits = SMALLEST_BITS; bits <= LARGEST_BITS; bits++) {
      idle.add(new ArrayDeque<>());
    }
  }

  /** A buffer for a header and a body of at most {@code bodyBytes}; to be given back. */
  NativeBuffer lend(int bodyBytes) throws InterruptedException {
    int bits = bits(bodyBytes);
    units.acquire(1 << (bits - SMALLEST_BITS));
    synchronized (this) {
      NativeBuffer buffer = idle.get(bits - SMALLEST_BITS).pollFirst();
      if (buffer != null) {
        idleBytes -= 1 << bits;
        return buffer;
      }
    }
    return NativeBuffer.allocate(Protocol.OUT_HEADER_BYTES + (1 << bits));
  }

  void giveBack(NativeBuffer buffer) {
    int size = buffer.bytes().capacity() - Protocol.OUT_HEADER_BYTES;
    int bits = bits(size);
    synchronized (this) {
      if (idleBytes + size <= MAX_IDLE_BYTES) {
        idle.get(bits - SMALLEST_BITS).addFirst(buffer);
        idleBytes += size;
      }
    }
    units.release(1 << (bits - SMALLEST_BITS));
  }

  private static int bits(int bytes) {
    return Math.max(SMALLEST_BITS, Integer.SIZE - Integer.numberOfLeadingZeros(bytes - 1));
  }
}
