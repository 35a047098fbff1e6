package org.realize.fuse;

import java.nio.ByteBuffer;
import org.realize.sync.model.FileTime;

/** The bytes of a {@link MemoryNode}, with the time when they changed. */
interface NodeContent extends AutoCloseable {

  long size();

  /** In units of 512 bytes. */
  long blocks();

  FileTime modified();

  void setModified(FileTime time);

  /** Fills {@code destination} up to its limit; all of it is before the end. */
  void read(long offset, ByteBuffer destination);

  void write(long offset, ByteBuffer source);

  void resize(long newSize);

  /** Makes a range, all of it before the end, read as zeros. */
  void zero(long offset, long length);

  /** The first offset with data, −1 when there is none. */
  long nextData(long offset);

  long nextHole(long offset);

  @Override
  void close();
}
