package org.realize.sync.engine;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;

/**
 * The hash tree of one content as far as it is in the store, checked from the root down. The last
 * list of leaves is remembered: blocks are best asked for in order. Not thread-safe.
 */
final class StoredTree {

  /** Whether bytes are what the content's author hashed. */
  enum Match {
    RIGHT,
    WRONG,
    /** A node of the tree is missing, or wrong itself. */
    UNKNOWN
  }

  private final ArenaStore store;
  private final ContentHash content;
  private final TreeShape shape;
  private final TreeVerifier verifier;
  private long leavesOf = -1;
  private Optional<byte[]> leaves = Optional.empty();

  StoredTree(ArenaStore store, ContentHash content, long sizeBytes) {
    this.store = store;
    this.content = content;
    shape = new TreeShape(sizeBytes);
    verifier = new TreeVerifier(content, shape);
  }

  TreeShape shape() {
    return shape;
  }

  /** Compares block {@code index} with what remains in {@code bytes}, which is not consumed. */
  Match match(long index, ByteBuffer bytes) throws RealizeException {
    if (shape.blocks() <= 1) {
      return verifier.isWhole(bytes) ? Match.RIGHT : Match.WRONG;
    }
    long list = shape.nodeOf(1, index);
    if (list != leavesOf) {
      leaves = store.read(reader -> leaves(reader::treeNode, index));
      leavesOf = list;
    }
    if (leaves.isEmpty()) {
      return Match.UNKNOWN;
    }
    ContentHash leaf = TreeVerifier.hashAt(leaves.get(), shape.positionOf(1, index));
    return verifier.isBlock(index, bytes, leaf) ? Match.RIGHT : Match.WRONG;
  }

  /** Where nodes come from. */
  private interface Nodes {
    Optional<byte[]> get(ContentHash hash, int level, long index) throws RealizeException;
  }

  /** The list of level 1 that has block {@code index}; empty if the way to it is not whole. */
  private Optional<byte[]> leaves(Nodes nodes, long index) throws RealizeException {
    Optional<byte[]> list = nodes.get(content, shape.rootLevel(), 0).filter(verifier::isRoot);
    for (int level = shape.rootLevel() - 1; level >= 1 && list.isPresent(); level--) {
      int at = level;
      long node = shape.nodeOf(level, index);
      ContentHash expected = TreeVerifier.hashAt(list.get(), shape.positionOf(level + 1, index));
      list =
          nodes
              .get(content, level, node)
              .filter(found -> verifier.isNode(at, node, found, expected));
    }
    return list;
  }
}
