package org.realize.sync.delta;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.realize.sync.model.ContentHash;

/**
 * The verifier of a content's tree and blocks from peers, from the root down: the root's child list
 * against the content hash, a node's list against its hash in its parent's list, a block against
 * its leaf hash. All verified bytes are exactly those that the content's author hashed.
 * Thread-safe.
 */
public record TreeVerifier(ContentHash content, TreeShape shape) {

  /** The leaf hash of a block of {@link TreeShape#BLOCK_BYTES} zeros. */
  public static final ContentHash ZERO_LEAF =
      new TreeDigest().leaf(ByteBuffer.allocate(TreeShape.BLOCK_BYTES));

  public TreeVerifier {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(shape, "shape");
  }

  public static TreeVerifier of(ContentHash content, long sizeBytes) {
    return new TreeVerifier(content, new TreeShape(sizeBytes));
  }

  /** True if {@code childHashes} is the list of the root, which is the node (rootLevel, 0). */
  public boolean isRoot(byte[] childHashes) {
    return childHashes.length == shape.children(shape.rootLevel(), 0) * ContentHash.BYTES
        && new TreeDigest()
            .root(shape.sizeBytes(), childHashes, childHashes.length)
            .equals(content);
  }

  /**
   * True if {@code childHashes} is the list of the inner node {@code index} at {@code level}, below
   * the root.
   *
   * @param nodeHash the node's hash, taken from its parent's verified list
   */
  public boolean isNode(int level, long index, byte[] childHashes, ContentHash nodeHash) {
    if (level >= shape.rootLevel()) {
      throw new IllegalArgumentException("level " + level + " is not below the root");
    }
    return childHashes.length == shape.children(level, index) * ContentHash.BYTES
        && innerHash(level, childHashes).equals(nodeHash);
  }

  /**
   * True if what remains in {@code bytes}, which is not consumed, is block {@code index}.
   *
   * @param leafHash the block's hash, taken from a verified list of level 1
   */
  public boolean isBlock(long index, ByteBuffer bytes, ContentHash leafHash) {
    return bytes.remaining() == shape.blockLength(index)
        && new TreeDigest().leaf(bytes.duplicate()).equals(leafHash);
  }

  /**
   * True if what remains in {@code bytes}, which is not consumed, is all of a file of at most one
   * block: such a file needs no child list.
   */
  public boolean isWhole(ByteBuffer bytes) {
    if (shape.blocks() > 1) {
      throw new IllegalArgumentException(shape + " has more than one block");
    }
    return bytes.remaining() == shape.sizeBytes() && isRoot(listOf(bytes.duplicate()));
  }

  private static ContentHash innerHash(int level, byte[] childHashes) {
    byte[] hash = new byte[ContentHash.BYTES];
    new TreeDigest().inner(level, childHashes, childHashes.length, hash);
    return ContentHash.of(hash);
  }

  private static byte[] listOf(ByteBuffer bytes) {
    return bytes.hasRemaining() ? new TreeDigest().leaf(bytes).bytes() : new byte[0];
  }

  /** The hash at {@code position} of a child list. */
  public static ContentHash hashAt(byte[] childHashes, int position) {
    return ContentHash.read(
        ByteBuffer.wrap(childHashes, position * ContentHash.BYTES, ContentHash.BYTES));
  }
}
