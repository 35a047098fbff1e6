package org.realize.sync.content;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;

/**
 * An earlier content of a path, as a source of the blocks that the present one has at the same
 * place. The leaf hashes of its own tree say which ones, without reading a byte; whether they are
 * right is decided by the tree of the present content. Thread-safe.
 */
public final class EarlierVersion {

  private final HeldBytes bytes;
  private final StoredTree tree;
  private volatile boolean broken;

  /** The last node of leaves that was not in the store; −1 if there was none. */
  private volatile long missingNode = -1;

  EarlierVersion(ArenaStore store, HeldBytes bytes) {
    this.bytes = bytes;
    tree = new StoredTree(store, bytes.content());
  }

  ContentHash hash() {
    return bytes.content().hash();
  }

  @Nullable Blob blob() {
    return bytes.blob();
  }

  /** True if block {@code index} is here and known to have this hash. */
  boolean hasLeaf(long index, int length, ContentHash leaf) throws RealizeException {
    return hasBlock(index, length) && leaf.equals(leaf(index));
  }

  /** The bytes of block {@code index}; null if they are not here or known to have another hash. */
  @Nullable ByteBuffer read(long index, int length, ContentHash leaf) throws RealizeException {
    if (!hasBlock(index, length)) {
      return null;
    }
    ContentHash known = leaf(index);
    if (known != null && !known.equals(leaf)) {
      return null;
    }
    ByteBuffer block = ByteBuffer.allocate(length);
    bytes.read(TreeShape.blockOffset(index), block);
    return block.flip();
  }

  public long sizeBytes() {
    return bytes.content().sizeBytes();
  }

  /** True if {@code [start, end)} can be read. */
  public boolean has(long start, long end) {
    return !broken && end <= sizeBytes() && bytes.has(start, end);
  }

  /** Fills {@code destination} with bytes that it {@link #has}, not verified. */
  public void read(long offset, ByteBuffer destination) throws RealizeException {
    bytes.read(offset, destination);
  }

  private boolean hasBlock(long index, int length) {
    long start = TreeShape.blockOffset(index);
    return index < tree.shape().blocks()
        && length == tree.shape().blockLength(index)
        && has(start, start + length);
  }

  private @Nullable ContentHash leaf(long index) throws RealizeException {
    TreeShape shape = tree.shape();
    if (shape.blocks() <= 1 || shape.nodeOf(1, index) == missingNode) {
      return null;
    }
    ContentHash leaf = tree.leaf(index);
    if (leaf == null) {
      missingNode = shape.nodeOf(1, index);
    }
    return leaf;
  }

  /** Nothing is read here any more. */
  void breakOff() {
    broken = true;
  }

  void close() {
    bytes.close();
  }
}
