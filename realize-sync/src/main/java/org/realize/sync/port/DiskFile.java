package org.realize.sync.port;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.realize.sync.model.FileTime;

/** An open regular file of a {@link Disk}. Positional, safe for concurrent use. */
public interface DiskFile extends AutoCloseable {

  /**
   * Reads until {@code destination} is full or the file ends; returns the bytes read, 0 at the end.
   */
  int read(ByteBuffer destination, long offsetBytes) throws IOException;

  /** Writes all of {@code source}; {@link DiskFullException} when there is no room. */
  void write(ByteBuffer source, long offsetBytes) throws IOException;

  void truncate(long sizeBytes) throws IOException;

  /**
   * Gives back the room of {@code [start, end)}, which then reads as zeros; the size stays. Does
   * nothing where the file system cannot.
   */
  default void discard(long startBytes, long endBytes) throws IOException {}

  /**
   * Gives this file the bytes of {@code source}, a file of the same {@link Disk}, in {@code [start,
   * end)}, without room of their own until either file is written there. False where that cannot
   * be: then nothing has changed.
   */
  default boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
    return false;
  }

  /**
   * The offset of the next byte at or after {@code offsetBytes} that may be other than zero; the
   * size where there is none. {@code offsetBytes} itself where the system does not tell.
   *
   * @param offsetBytes below the size
   */
  default long nextData(long offsetBytes) throws IOException {
    return offsetBytes;
  }

  long sizeBytes() throws IOException;

  /** Bytes that the file takes on its file system, holes left out; known for sure once forced. */
  long allocatedBytes() throws IOException;

  /** The file's stat when it was opened, which costs no system call. */
  FileStat opened();

  /** The open file's own stat, whatever has happened to its name. */
  FileStat stat() throws IOException;

  /**
   * The answer of the system at this moment; this file must be open for reading only, since a
   * writable one is itself a writer. A program that opens the file during the call waits until the
   * call ends.
   */
  OpenState openForWriting() throws IOException;

  /**
   * As {@link #openForWriting}, of programs that only read, too. This process counts like any
   * other, but for this file.
   */
  OpenState openByAnyone() throws IOException;

  /**
   * The time of the last read by any program, in nanoseconds since 1970 UTC, as far as the mount
   * keeps it: a mount with {@code noatime} notes none, one with {@code relatime}, the default, only
   * the first after each change and one a day.
   */
  long lastReadNanos() throws IOException;

  /**
   * Writes the pages that programs changed to the disk, not durably, so that the next store to any
   * of them, through a mapping too, moves the modification time. False where the file system has no
   * such moment.
   */
  boolean writeBack() throws IOException;

  /**
   * Sets permission bits, then the modification time, of a file that is open for reading, too; as
   * durable as the data.
   */
  void setAttributes(int mode, FileTime mtime) throws IOException;

  /**
   * Takes over the owner, group, permission bits, ACL, extended attributes and modification time of
   * {@code source}, a file of the same {@link Disk}; as durable as the data.
   *
   * @return the names of those that this process or the file system cannot set
   */
  List<String> takeAttributes(DiskFile source) throws IOException;

  /** Makes the data, the size and what was set of the attributes durable. */
  void force() throws IOException;

  @Override
  void close() throws IOException;
}
