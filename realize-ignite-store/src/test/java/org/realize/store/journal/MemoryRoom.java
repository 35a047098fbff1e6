package org.realize.store.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.realize.sync.port.DiskFullException;

/** The room of a disk that a test fills and frees. Thread-safe. */
final class MemoryRoom implements RoomDisk {
  private static final StoreRoom AMPLE = new MemoryRoom(1L << 40).open(Duration.ZERO);

  private final long totalBytes;

  /** Guarded by this, as what follows: what others have written. */
  private long othersBytes;

  private long reserveBytes;
  private long allocatedBytes;

  MemoryRoom(long totalBytes) {
    this.totalBytes = totalBytes;
  }

  /** The room of a store on a large and empty disk. */
  static StoreRoom ample() {
    return AMPLE;
  }

  /** The room of a store on this disk. */
  StoreRoom open(Duration patience) {
    try {
      return new StoreRoom(this, "/state", patience);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets others take all but so much. */
  synchronized void leave(long bytes) {
    othersBytes = totalBytes - reserveBytes - allocatedBytes - bytes;
  }

  /** Takes so much, if it is there. */
  synchronized void take(long bytes) throws DiskFullException {
    if (bytes > availableBytes()) {
      throw new DiskFullException("no space left on device");
    }
    allocatedBytes += bytes;
  }

  @Override
  public long totalBytes() {
    return totalBytes;
  }

  @Override
  public synchronized long availableBytes() {
    return totalBytes - othersBytes - reserveBytes - allocatedBytes;
  }

  @Override
  public synchronized long reserveBytes() {
    return reserveBytes;
  }

  @Override
  public synchronized void setReserve(long bytes) throws DiskFullException {
    if (bytes - reserveBytes > availableBytes()) {
      throw new DiskFullException("no space left on device");
    }
    reserveBytes = bytes;
  }

  @Override
  public synchronized boolean allocate(Path file, long offsetBytes, long lengthBytes)
      throws DiskFullException {
    take(lengthBytes);
    return true;
  }
}
