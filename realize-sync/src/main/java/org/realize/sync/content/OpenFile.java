package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;

/**
 * A regular file, open for reading, and for writing where its view is editable. Safe for concurrent
 * calls.
 */
public interface OpenFile extends AutoCloseable {

  /** Answer of {@link #readNow} while bytes are missing on this machine. */
  int WOULD_WAIT = -1;

  /** Treatment of the pages that a kernel has of the file's inode. */
  enum Pages {
    /** Pages of earlier opens are right and are used. */
    KEPT,
    /** Pages of earlier opens may be wrong and are dropped; new ones may be kept. */
    DROPPED,
    /** Pages are neither used nor made: every read asks, and its size says where the file ends. */
    UNCACHED
  }

  /** The size when it was opened, or last read. */
  long sizeBytes();

  /** How a kernel may keep what is read. */
  default Pages pages() {
    return Pages.KEPT;
  }

  /**
   * Fills {@code destination} from {@code offsetBytes} if that needs no waiting for a peer: returns
   * the number of bytes read, 0 at or after the end of the file, or {@link #WOULD_WAIT} with {@code
   * destination} untouched.
   */
  int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /**
   * As {@link #readNow}, fetching what is missing: {@code Unreachable} at once when no peer that
   * holds it is connected, else when each of them has failed or the deadline of a read has passed;
   * {@link InterruptedException} when the thread is interrupted. Reads fully but at the end of the
   * file. On failure {@code destination} is as it was, but for the bytes after its position.
   */
  int read(long offsetBytes, ByteBuffer destination) throws RealizeException, InterruptedException;

  /**
   * A local file that holds exactly these bytes and does not change, for the kernel to read
   * directly, which is counted as one use; empty while bytes are missing.
   */
  Optional<Path> backing();

  /**
   * The file of a disk that this is, for the kernel to read and write directly, whatever happens to
   * its name: a path below {@code /proc/self/fd}, valid until {@link #close}. The same file for all
   * open files of an inode, and always given, or never, while one is open. Empty for what is not on
   * a disk, or must not be changed behind the view's back.
   */
  default Optional<Path> diskFile() {
    return Optional.empty();
  }

  /**
   * Writes all of {@code source}, or as much as there is room for, at {@code offsetBytes}, or at
   * the end as it is now if {@code appends}; returns the number of bytes, at least 1 unless there
   * are none. {@code source} belongs to the caller again when this returns. Waits for no peer.
   */
  default int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
    throw notForWriting("write");
  }

  /**
   * Takes the set-id bits away that a change of the content ends, see chmod(2): the set-user bit,
   * and the set-group bit where the group may execute the file.
   */
  default void dropSetId() throws RealizeException {
    throw notForWriting("drop set-id bits");
  }

  /**
   * Reserves, frees or moves room as fallocate(2) does.
   *
   * @param mode Linux's FALLOC_FL bits
   */
  default void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
    throw notForWriting("allocate");
  }

  /**
   * Copies up to {@code lengthBytes} of {@code source} to here without the program, returns how
   * many. EOPNOTSUPP or EXDEV have the program's kernel read and write instead.
   */
  default long copyFrom(OpenFile source, long sourceBytes, long offsetBytes, long lengthBytes)
      throws RealizeException {
    throw notForWriting("copy");
  }

  /**
   * The first offset from {@code offsetBytes} on that is no hole; ENXIO when there is none. Bytes
   * that are elsewhere are data.
   */
  default long nextData(long offsetBytes) throws RealizeException {
    return requireBeforeEnd(offsetBytes);
  }

  /** The first offset from {@code offsetBytes} on in a hole; the end of the file is one. */
  default long nextHole(long offsetBytes) throws RealizeException {
    requireBeforeEnd(offsetBytes);
    return sizeBytes();
  }

  private long requireBeforeEnd(long offsetBytes) throws RealizeException {
    if (offsetBytes < 0 || offsetBytes >= sizeBytes()) {
      throw new RealizeException.CallFailed("seek to " + offsetBytes, Errno.ENXIO);
    }
    return offsetBytes;
  }

  /** Makes durable what was written; without its times if {@code dataOnly}. */
  default void force(boolean dataOnly) throws RealizeException {}

  private static RealizeException.CallFailed notForWriting(String action) {
    return new RealizeException.CallFailed(action + ": not open for writing", Errno.EBADF);
  }

  /** Cancels what is fetched for no other reader; waits for no peer. Idempotent. */
  @Override
  void close();
}
