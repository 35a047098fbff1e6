package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/** A regular file, opened for reading. Safe for concurrent reads. */
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
   * A local file that holds exactly these bytes and does not change, so that the kernel may read it
   * directly; empty while bytes are missing.
   */
  Optional<Path> backing();

  /** Cancels what is fetched for no other reader; waits for no peer. Idempotent. */
  @Override
  void close();
}
