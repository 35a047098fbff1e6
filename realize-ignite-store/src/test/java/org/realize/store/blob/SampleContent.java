package org.realize.store.blob;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;

/** Bytes with their hash tree. */
final class SampleContent {

  private final byte[] bytes;
  private final ContentHash hash;

  /** Random bytes of {@code size}; their tree goes into {@code store}. */
  SampleContent(RandomGenerator random, int size, ArenaStore store) throws RealizeException {
    bytes = new byte[size];
    random.nextBytes(bytes);
    hash = TreeHasher.hash(bytes);
    store.write(writer -> {
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(hash, level, index, children);
            } catch (RealizeException e) {
              throw new IllegalStateException(e);
            }
          });
      hasher.update(bytes, 0, size);
      return hasher.finish();
    });
  }

  ContentHash hash() {
    return hash;
  }

  int size() {
    return bytes.length;
  }

  int blocks() {
    return (int) new TreeShape(bytes.length).blocks();
  }

  /** One block, or what the last one is. */
  ByteBuffer block(int index) {
    return ByteBuffer.wrap(
            bytes,
            (int) TreeShape.blockOffset(index),
            new TreeShape(bytes.length).blockLength(index))
        .slice();
  }
}
