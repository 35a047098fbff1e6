package org.realize.sync.service;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import org.realize.sync.content.LocalContent;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.PeerService.BlockSource;

/**
 * Consecutive blocks of one open content, each read straight into the caller's buffer. Not
 * thread-safe; {@link #close} is idempotent.
 */
final class ServedBlocks implements BlockSource {

  private final LocalContent bytes;
  private final TreeShape shape;
  private final long end;
  private final LongAdder served;
  private long next;

  /**
   * Blocks of a content.
   *
   * @param served the count of bytes to add to
   */
  ServedBlocks(LocalContent bytes, TreeShape shape, long first, long end, LongAdder served) {
    this.served = served;
    this.bytes = bytes;
    this.shape = shape;
    this.next = first;
    this.end = end;
  }

  @Override
  public int next(ByteBuffer destination) throws RealizeException {
    if (next >= end) {
      return 0;
    }
    int length = shape.blockLength(next);
    if (destination.remaining() < length) {
      throw new IllegalArgumentException(
          "room for " + destination.remaining() + " bytes, a block has " + length);
    }
    int limit = destination.limit();
    destination.limit(destination.position() + length);
    try {
      bytes.read(TreeShape.blockOffset(next), destination);
    } finally {
      destination.limit(limit);
    }
    next++;
    served.add(length);
    return length;
  }

  @Override
  public void close() {
    bytes.close();
  }
}
