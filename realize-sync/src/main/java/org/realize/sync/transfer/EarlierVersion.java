package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;

/**
 * An earlier content of a path, as the source of blocks that its present one has at the same place.
 * The leaf hashes of its own tree tell which ones, without a byte being read; whether they are
 * right, the present content's tree tells. Thread-safe.
 */
final class EarlierVersion {

  /** The leaves below one node of level 1; null if that node is not here. */
  private static final class Leaves {
    final long node;
    final byte @Nullable [] hashes;

    Leaves(long node, byte @Nullable [] hashes) {
      this.node = node;
      this.hashes = hashes;
    }
  }

  private final ArenaStore store;
  private final EarlierBytes bytes;
  private final TreeShape shape;
  private final AtomicReference<@Nullable Leaves> latest = new AtomicReference<>();
  private volatile boolean broken;

  EarlierVersion(ArenaStore store, EarlierBytes bytes) {
    this.store = store;
    this.bytes = bytes;
    shape = new TreeShape(bytes.content().sizeBytes());
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

  long sizeBytes() {
    return shape.sizeBytes();
  }

  /** True if {@code [start, end)} can be read. */
  boolean has(long start, long end) {
    return !broken && end <= shape.sizeBytes() && bytes.has(start, end);
  }

  void read(long offset, ByteBuffer destination) throws RealizeException {
    bytes.read(offset, destination);
  }

  private boolean hasBlock(long index, int length) {
    long start = TreeShape.blockOffset(index);
    return index < shape.blocks()
        && length == shape.blockLength(index)
        && has(start, start + length);
  }

  private @Nullable ContentHash leaf(long index) throws RealizeException {
    long node = shape.nodeOf(1, index);
    Leaves known = latest.get();
    if (known == null || known.node != node) {
      known = new Leaves(node, stored(node));
      latest.set(known);
    }
    byte[] hashes = known.hashes;
    return hashes == null ? null : TreeVerifier.hashAt(hashes, shape.positionOf(1, index));
  }

  private byte @Nullable [] stored(long node) throws RealizeException {
    return store.read(reader -> reader.treeNode(hash(), 1, node)).orElse(null);
  }

  /** Nothing is read here any more. */
  void breakOff() {
    broken = true;
  }

  void close() {
    bytes.close();
  }
}
