package org.realize.sync.delta;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.realize.sync.model.ContentHash;

/**
 * The upper levels of a hash tree, from its leaf hashes in order. Holds one child list per level.
 * Not thread-safe.
 *
 * <p>The number of leaves is not known in advance, so a full list waits: only when one more hash
 * arrives for it is it known to be an inner node rather than the root's list.
 */
final class TreeBuilder {

  private final TreeHasher.NodeSink sink;
  private final TreeDigest digest = new TreeDigest();
  private final List<ChildList> lists = new ArrayList<>(List.of(new ChildList()));
  private final byte[] nodeHash = new byte[ContentHash.BYTES];

  TreeBuilder(TreeHasher.NodeSink sink) {
    this.sink = sink;
  }

  /** Adds the next leaf's hash. */
  void addLeaf(byte[] hash) {
    ChildList leaves = lists.getFirst();
    if (leaves.isFull()) {
      ascend(0);
    }
    leaves.add(hash);
  }

  /** Hands out the remaining lists and returns the content hash; then the next tree may begin. */
  ContentHash finish(long sizeBytes) {
    int top = 0;
    while (lists.get(top).nodes > 0) {
      ascend(top);
      top++;
    }
    ChildList root = lists.get(top);
    ContentHash content = digest.root(sizeBytes, root.hashes, root.length);
    if (sizeBytes > TreeShape.BLOCK_BYTES) {
      sink.node(top + 1, 0, root.copy());
    }
    lists.forEach(ChildList::clear);
    return content;
  }

  /** Makes the hashes at {@code level} a node one level up. */
  private void ascend(int level) {
    if (lists.size() == level + 1) {
      lists.add(new ChildList());
    }
    ChildList parents = lists.get(level + 1);
    if (parents.isFull()) {
      ascend(level + 1);
    }
    ChildList children = lists.get(level);
    sink.node(level + 1, children.nodes, children.copy());
    digest.inner(level + 1, children.hashes, children.length, nodeHash);
    parents.add(nodeHash);
    children.nodes++;
    children.length = 0;
  }

  /**
   * The hashes of one level that have no parent yet, and how many nodes were made of earlier ones.
   */
  private static final class ChildList {
    final byte[] hashes = new byte[TreeShape.FANOUT * ContentHash.BYTES];
    int length;
    long nodes;

    boolean isFull() {
      return length == hashes.length;
    }

    void add(byte[] hash) {
      System.arraycopy(hash, 0, hashes, length, hash.length);
      length += hash.length;
    }

    byte[] copy() {
      return Arrays.copyOf(hashes, length);
    }

    void clear() {
      length = 0;
      nodes = 0;
    }
  }
}
