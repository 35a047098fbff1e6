package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.realize.sync.model.RealizeException;

/**
 * One content, opened for reading wherever its bytes are. Safe for concurrent reads; every byte
 * that it gives was verified.
 */
public interface ContentReader extends AutoCloseable {

  /** Answer of {@link #readNow} when bytes are missing here. */
  int WOULD_WAIT = -1;

  long sizeBytes();

  /**
   * Fills {@code destination} from {@code offsetBytes} if the bytes are here: returns their number,
   * 0 at or after the end, or {@link #WOULD_WAIT} with {@code destination} untouched. Never waits
   * for a peer.
   */
  int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException;

  /**
   * As {@link #readNow}, fetching what is missing: {@code Unreachable} at once when no peer that
   * holds it is connected, else when every one has failed or the deadline of a read has passed.
   * Interruption ends it. On failure {@code destination} is as it was, but for the bytes behind its
   * position.
   */
  int read(long offsetBytes, ByteBuffer destination) throws RealizeException, InterruptedException;

  /** The blob's file, once it is complete and claimed. */
  Optional<Path> completeFile();

  /** Cancels what is fetched for nobody else; waits for no peer. Idempotent. */
  @Override
  void close();
}
