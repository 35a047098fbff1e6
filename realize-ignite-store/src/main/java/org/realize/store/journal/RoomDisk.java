package org.realize.store.journal;

import java.io.IOException;
import java.nio.file.Path;
import org.realize.sync.port.DiskFullException;

/** The file system of a store: its room, and the reserve, which is held back. Thread-safe. */
interface RoomDisk {
  /** Bytes of the whole file system. */
  long totalBytes() throws IOException;

  /** Bytes that writes could take now. */
  long availableBytes() throws IOException;

  /** Bytes that are held back. */
  long reserveBytes() throws IOException;

  /**
   * Holds back so many bytes, more or fewer than before; {@link DiskFullException} where there is
   * no room for more, and the reserve is as it was.
   */
  void setReserve(long bytes) throws IOException;

  /**
   * Gives a range of a file room, so that writing there needs none, and leaves its size; {@link
   * DiskFullException} where there is none. False where the file system cannot do that.
   */
  boolean allocate(Path file, long offsetBytes, long lengthBytes) throws IOException;
}
