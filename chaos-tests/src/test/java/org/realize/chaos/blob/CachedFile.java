package org.realize.chaos.blob;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;

/** A file's path and bytes, whose hash tree is in the store. */
final class CachedFile {

  private final RelativePath path;
  private final byte[] bytes;
  private final Content.File content;

  CachedFile(RelativePath path, int sizeBytes, RandomGenerator random, ArenaStore store)
      throws RealizeException {
    this.path = path;
    bytes = new byte[sizeBytes];
    random.nextBytes(bytes);
    content = new Content.File(TreeHasher.hash(bytes), sizeBytes);
    store.write(writer -> {
      TreeHasher hasher =
          new TreeHasher((level, index, children) -> {
            try {
              writer.putTreeNode(content.hash(), level, index, children);
            } catch (RealizeException e) {
              throw new IllegalStateException(e);
            }
          });
      hasher.update(bytes, 0, sizeBytes);
      return hasher.finish();
    });
  }

  RelativePath path() {
    return path;
  }

  Content.File content() {
    return content;
  }

  int blocks() {
    return (int) new TreeShape(bytes.length).blocks();
  }

  int blockStart(int index) {
    return (int) TreeShape.blockOffset(index);
  }

  ByteBuffer block(int index) {
    return ByteBuffer.wrap(
        bytes, blockStart(index), new TreeShape(bytes.length).blockLength(index));
  }
}
