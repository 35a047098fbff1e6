package org.realize.sync.delta;

/**
 * The shape of a file's hash tree, which its size alone decides.
 *
 * <p>Level 0 has the leaves, one for each block. Level L + 1 has one node for every {@value
 * #FANOUT} of level L. The root, at {@link #rootLevel}, is the first node that can hold everything
 * below it: at least 1, so that the root of a file of up to {@value #FANOUT} blocks lists leaves.
 */
public record TreeShape(long sizeBytes) {

  /** Bytes of every block but the last one of a file. */
  public static final int BLOCK_BYTES = 128 * 1024;

  /** Children of a node at most. */
  public static final int FANOUT = 1024;

  private static final int FANOUT_BITS = 10;

  public TreeShape {
    if (sizeBytes < 0) {
      throw new IllegalArgumentException("size " + sizeBytes + " below 0");
    }
  }

  /** Number of blocks; 0 for an empty file. */
  public long blocks() {
    return sizeBytes / BLOCK_BYTES + (sizeBytes % BLOCK_BYTES == 0 ? 0 : 1);
  }

  /** Index of the block that holds the byte at {@code offsetBytes}. */
  public static long blockAt(long offsetBytes) {
    return offsetBytes / BLOCK_BYTES;
  }

  /** Where block {@code index} begins. */
  public static long blockOffset(long index) {
    return index * BLOCK_BYTES;
  }

  /** Bytes of block {@code index}. */
  public int blockLength(long index) {
    if (index < 0 || index >= blocks()) {
      throw new IndexOutOfBoundsException("block " + index + " of " + blocks());
    }
    return (int) Math.min(BLOCK_BYTES, sizeBytes - blockOffset(index));
  }

  /** The root's level: 1 more than that of its children. */
  public int rootLevel() {
    int level = 1;
    for (long hashes = blocks(); hashes > FANOUT; hashes = parents(hashes)) {
      level++;
    }
    return level;
  }

  /** Nodes at {@code level}; leaves at level 0, one at the root's. */
  public long nodes(int level) {
    checkLevel(level);
    if (level == rootLevel()) {
      return 1;
    }
    long hashes = blocks();
    for (int below = 0; below < level; below++) {
      hashes = parents(hashes);
    }
    return hashes;
  }

  /** Children of the inner node {@code index} at {@code level}; 0 only for an empty file's root. */
  public int children(int level, long index) {
    if (level < 1 || index < 0 || index >= nodes(level)) {
      throw new IndexOutOfBoundsException("node " + index + " at level " + level + " of " + this);
    }
    return (int) Math.min(FANOUT, nodes(level - 1) - index * FANOUT);
  }

  /** Index of the node at {@code level} that covers {@code block}. */
  public long nodeOf(int level, long block) {
    checkLevel(level);
    return block >>> (FANOUT_BITS * level);
  }

  /** The first block that the node {@code index} at {@code level} covers. */
  public long firstBlock(int level, long index) {
    checkLevel(level);
    return index << (FANOUT_BITS * level);
  }

  /** Where, in the child list of {@link #nodeOf}, the hash on the way to {@code block} stands. */
  public int positionOf(int level, long block) {
    if (level < 1) {
      throw new IndexOutOfBoundsException("a leaf has no children");
    }
    return (int) (nodeOf(level - 1, block) & (FANOUT - 1));
  }

  private void checkLevel(int level) {
    if (level < 0 || level > rootLevel()) {
      throw new IndexOutOfBoundsException("level " + level + " of " + this);
    }
  }

  private static long parents(long hashes) {
    return (hashes + FANOUT - 1) / FANOUT;
  }
}
