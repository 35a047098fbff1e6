package org.realize.sync.move;

import java.util.concurrent.Semaphore;

/**
 * A gate for files by their bytes (#sizegate): it admits as many at once as fit into one call, so
 * that small files go side by side and a larger one goes alone. First come, first served, so that
 * no large file waits for ever. Thread-safe.
 */
final class ByteGate {
  private final int capacityBytes;
  private final Semaphore room;
  private final Semaphore files;

  /** A gate for so many bytes, and for so many files however small they are. */
  ByteGate(int capacityBytes, int maxFiles) {
    this.capacityBytes = capacityBytes;
    this.room = new Semaphore(capacityBytes, true);
    this.files = new Semaphore(maxFiles, true);
  }

  /** A file on its way; closed when it has arrived or failed. */
  interface BytePass extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits until a file of this size may go. */
  BytePass enter(long sizeBytes) throws InterruptedException {
    int weight = Math.clamp(sizeBytes, 1, capacityBytes);
    files.acquire();
    try {
      room.acquire(weight);
    } catch (InterruptedException e) {
      files.release();
      throw e;
    }
    return () -> {
      room.release(weight);
      files.release();
    };
  }
}
