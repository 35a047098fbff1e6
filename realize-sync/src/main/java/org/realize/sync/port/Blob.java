package org.realize.sync.port;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;

/**
 * One content's local bytes, opened. Safe for concurrent use; closing a handle twice is harmless.
 */
public interface Blob extends AutoCloseable {

  ContentHash hash();

  long sizeBytes();

  /** Bytes that can be read now: committed, or written and waiting for their fdatasync. */
  ByteRanges readable();

  /** True if {@link #readable} holds {@code [start, end)}; no allocation. */
  boolean readable(long startBytes, long endBytes);

  /** Fills {@code destination} from {@code offsetBytes}; all of it must be {@link #readable}. */
  int read(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /**
   * Adds verified bytes. They are readable on return; their range is committed in the table only
   * after fdatasync, which runs once 64 MiB or 1 s is unsynced. {@code DiskFull} leaves nothing
   * committed.
   */
  void write(long offsetBytes, ByteBuffer verified) throws RealizeException;

  /**
   * As {@link #write}, of bytes that {@code same}, another blob of this store, has at the same
   * place: both share their room where the file system can.
   */
  void writeSame(long offsetBytes, ByteBuffer verified, Blob same) throws RealizeException;

  /** Syncs what was written and commits it. */
  void commit() throws RealizeException;

  /** The file itself, once every byte is committed. */
  Optional<Path> completeFile();

  @Override
  void close();
}
