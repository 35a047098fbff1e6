package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Blob;

/**
 * The place where the bytes of one content are kept while they are fetched: a blob, or a file that
 * is collected in the root. Thread-safe; {@link #has}, {@link #keptBytes} and {@link #isKept} touch
 * no disk.
 */
public interface FillTarget {

  /** Finds what is there already. */
  void find();

  /** True if {@code [start, end)} can be read. */
  boolean has(long start, long end);

  /** The number of bytes that can be read. */
  long keptBytes();

  /** False once bytes that arrive are not kept. */
  boolean isKept();

  /** All is wanted here whole, however large it is; also if it was passing so far. */
  void want();

  /** Fills {@code destination} with bytes that it {@link #has}. */
  void read(long offset, ByteBuffer destination) throws RealizeException;

  /**
   * Keeps verified bytes; false if they cannot be kept.
   *
   * @param same a blob that has them at the same place, if one does
   */
  boolean keep(long offset, ByteBuffer bytes, @Nullable Blob same);

  /**
   * True if what is at the place of block {@code index} has this hash: from then on it {@link #has}
   * the block.
   */
  boolean prove(long index, ContentHash leaf) throws RealizeException;

  /** Makes all that was kept durable; fails if something was not kept. */
  void commit() throws RealizeException;

  /** The file that holds all bytes and does not change, if there is one. */
  Optional<Path> backing();

  void close();
}
