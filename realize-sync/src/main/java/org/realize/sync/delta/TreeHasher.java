package org.realize.sync.delta;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;

/**
 * The hash tree of a file, from its bytes in order. Feed them with {@code update} in pieces of any
 * size, then {@link #finish}. Memory does not grow with the file but by one child list per level,
 * and nothing is allocated per block. Heap buffers are hashed fastest. Not thread-safe; may be used
 * again after {@code finish}.
 */
public final class TreeHasher {

  /** A receiver of the child lists of inner nodes as they are complete, the root's last. */
  @FunctionalInterface
  public interface NodeSink {
    /** The array is the receiver's to keep. */
    void node(int level, long index, byte[] childHashes);
  }

  /** Ignores the nodes, for callers that want the hash only. */
  public static final NodeSink NO_NODES = (level, index, childHashes) -> {};

  private static final byte[] ZEROS = new byte[4096];

  private final TreeBuilder tree;
  private final TreeDigest block = new TreeDigest();
  private final byte[] leafHash = new byte[ContentHash.BYTES];
  private byte @Nullable [] zeroLeaf;
  private long sizeBytes;
  private int blockFill;

  /**
   * A hasher that hands child lists to {@code sink}: none for a file of one block or less, whose
   * tree follows from its bytes.
   */
  public TreeHasher(NodeSink sink) {
    tree = new TreeBuilder(sink);
  }

  /** The content hash of {@code bytes} alone. */
  public static ContentHash hash(byte[] bytes) {
    TreeHasher hasher = new TreeHasher(NO_NODES);
    hasher.update(bytes, 0, bytes.length);
    return hasher.finish();
  }

  /** Takes all that remains in {@code bytes}. */
  public void update(ByteBuffer bytes) {
    int limit = bytes.limit();
    while (bytes.hasRemaining()) {
      int length = begin(bytes.remaining());
      bytes.limit(bytes.position() + length);
      block.update(bytes);
      bytes.limit(limit);
      advance(length);
    }
  }

  /** Takes {@code length} bytes from {@code offset} on. */
  public void update(byte[] bytes, int offset, int length) {
    int at = offset;
    int left = length;
    while (left > 0) {
      int part = begin(left);
      block.update(bytes, at, part);
      advance(part);
      at += part;
      left -= part;
    }
  }

  /**
   * Takes {@code length} zeros; of whole blocks, which have one and the same hash, none is read.
   */
  public void updateZeros(long length) {
    long left = length;
    while (left > 0 && (blockFill > 0 || left < TreeShape.BLOCK_BYTES)) {
      int part = (int) Math.min(left, Math.min(ZEROS.length, TreeShape.BLOCK_BYTES - blockFill));
      update(ZEROS, 0, part);
      left -= part;
    }
    if (left >= TreeShape.BLOCK_BYTES && zeroLeaf == null) {
      zeroLeaf = new byte[ContentHash.BYTES];
      block.beginLeaf();
      block.update(new byte[TreeShape.BLOCK_BYTES], 0, TreeShape.BLOCK_BYTES);
      block.endLeaf(zeroLeaf);
    }
    for (; left >= TreeShape.BLOCK_BYTES; left -= TreeShape.BLOCK_BYTES) {
      tree.addLeaf(Objects.requireNonNull(zeroLeaf));
      sizeBytes += TreeShape.BLOCK_BYTES;
    }
    if (left > 0) {
      updateZeros(left);
    }
  }

  /** The leaf hashes of {@code blocks}, which are whole, one after the other. */
  public static byte[] leaves(byte[] blocks) {
    TreeDigest digest = new TreeDigest();
    byte[] leaf = new byte[ContentHash.BYTES];
    byte[] leaves = new byte[blocks.length / TreeShape.BLOCK_BYTES * leaf.length];
    for (int n = 0; n < blocks.length / TreeShape.BLOCK_BYTES; n++) {
      digest.beginLeaf();
      digest.update(blocks, n * TreeShape.BLOCK_BYTES, TreeShape.BLOCK_BYTES);
      digest.endLeaf(leaf);
      System.arraycopy(leaf, 0, leaves, n * leaf.length, leaf.length);
    }
    return leaves;
  }

  /** Takes whole blocks by their {@link #leaves}, where a block begins. */
  public void addBlocks(byte[] leaves) {
    if (blockFill > 0) {
      throw new IllegalStateException("a block is open");
    }
    for (int at = 0; at < leaves.length; at += leafHash.length) {
      System.arraycopy(leaves, at, leafHash, 0, leafHash.length);
      tree.addLeaf(leafHash);
      sizeBytes += TreeShape.BLOCK_BYTES;
    }
  }

  /** Bytes taken so far. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Ends the file: hands out the remaining lists, returns the hash, and is ready for another. */
  public ContentHash finish() {
    if (blockFill > 0) {
      endBlock();
    }
    ContentHash content = tree.finish(sizeBytes);
    sizeBytes = 0;
    return content;
  }

  /** Begins a block if none is open; returns how many of {@code available} bytes it takes. */
  private int begin(int available) {
    if (blockFill == 0) {
      block.beginLeaf();
    }
    return Math.min(available, TreeShape.BLOCK_BYTES - blockFill);
  }

  private void advance(int length) {
    blockFill += length;
    sizeBytes += length;
    if (blockFill == TreeShape.BLOCK_BYTES) {
      endBlock();
    }
  }

  private void endBlock() {
    block.endLeaf(leafHash);
    tree.addLeaf(leafHash);
    blockFill = 0;
  }
}
