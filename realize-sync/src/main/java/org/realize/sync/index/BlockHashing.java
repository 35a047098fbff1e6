package org.realize.sync.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.DiskFile;

/**
 * The hashing of whole blocks of a large file by several threads: the one that calls, and the
 * hashers that are free just then. Not thread-safe.
 */
final class BlockHashing {

  /** Hashed by one thread: long enough to make handing it over cheap. */
  private static final int PIECE_BYTES = 16 * TreeShape.BLOCK_BYTES;

  /** Read at once, so that it is still in a core's cache when it is hashed. */
  private static final int BUFFER_BYTES = 2 * TreeShape.BLOCK_BYTES;

  /** Hashed by one call of {@link #hash}. */
  static final int WINDOW_BYTES = 4 * PIECE_BYTES;

  private final Hashers hashers;

  BlockHashing(Hashers hashers) {
    this.hashers = hashers;
  }

  /**
   * Adds the {@value #WINDOW_BYTES} bytes of {@code file} from {@code at} on to {@code target}.
   * False if the file ends before, or this thread is interrupted.
   *
   * @param at a multiple of the block size
   */
  boolean hash(DiskFile file, long at, TreeHasher target) throws IOException {
    List<FutureTask<byte[]>> pieces = new ArrayList<>();
    for (long start = at; start < at + WINDOW_BYTES; start += PIECE_BYTES) {
      long from = start;
      pieces.add(new FutureTask<>(() -> leaves(file, from)));
    }
    pieces.subList(1, pieces.size()).forEach(hashers::offer);
    pieces.forEach(FutureTask::run); // does nothing where a hasher was faster
    for (FutureTask<byte[]> piece : pieces) {
      byte[] leaves = result(piece);
      if (leaves.length == 0) {
        return false;
      }
      target.addBlocks(leaves);
    }
    return true;
  }

  /** The leaf hashes of one piece, one after the other; none if the file ends in it. */
  private static byte[] leaves(DiskFile file, long start) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    byte[] leaves = new byte[PIECE_BYTES / TreeShape.BLOCK_BYTES * ContentHash.BYTES];
    int known = 0;
    for (long at = start; at < start + PIECE_BYTES; at += BUFFER_BYTES) {
      if (file.read(buffer.clear(), at) < BUFFER_BYTES) {
        return new byte[0];
      }
      byte[] part = TreeHasher.leaves(buffer.array());
      System.arraycopy(part, 0, leaves, known, part.length);
      known += part.length;
    }
    return leaves;
  }

  private static byte[] result(FutureTask<byte[]> piece) throws IOException {
    try {
      return piece.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new byte[0];
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException refused) {
        throw refused;
      }
      throw new IllegalStateException("hash a piece of a file", e.getCause());
    }
  }
}
