package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/**
 * A version of a regular file, opened for reading. Safe for concurrent reads. Its bytes stay the
 * same for as long as it is open.
 */
public interface OpenFile extends AutoCloseable {

  /** Answer of {@link #readNow} when the bytes are not here yet. */
  int WOULD_WAIT = -1;

  long sizeBytes();

  /**
   * Fills {@code destination} from {@code offsetBytes} if that needs no waiting for a peer: returns
   * the bytes read, 0 at or after the end of the file, or {@link #WOULD_WAIT} with {@code
   * destination} untouched.
   */
  int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /**
   * As {@link #readNow}, waiting for peers within a deadline of its own. Ends early with {@link
   * InterruptedException} when the thread is interrupted, {@code Unreachable} when no peer can give
   * the bytes. Reads fully but at the end of the file.
   */
  int read(long offsetBytes, ByteBuffer destination) throws RealizeException, InterruptedException;

  /**
   * A local file that holds exactly this version's bytes and will not change, so that the kernel
   * may read it directly; empty while bytes are missing.
   */
  Optional<Path> backing();

  /** Releases the handle; idempotent, never waits for a peer. */
  @Override
  void close();
}
