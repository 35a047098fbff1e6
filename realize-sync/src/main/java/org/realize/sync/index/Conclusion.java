package org.realize.sync.index;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;

/** A conclusion about one name, ready for a {@link CommitBatches commit}. */
sealed interface Conclusion {

  /** An inner node of a file's hash tree, on its way to the store; the array is not copied. */
  final class TreeNode {
    private final int level;
    private final long index;
    private final byte[] childHashes;

    TreeNode(int level, long index, byte[] childHashes) {
      this.level = level;
      this.index = index;
      this.childHashes = childHashes;
    }

    void put(ArenaWriter writer, ContentHash content) throws StorageFailed {
      writer.putTreeNode(content, level, index, childHashes);
    }

    int bytes() {
      return childHashes.length;
    }
  }

  /**
   * A content, and the stat that it was read under, the same before and after.
   *
   * @param atNanos wall time of the first of the two
   * @param nodes inner nodes of the hash tree of a file above one block
   * @param source the state that a hash was carried from, whose path must still have the content
   *     when this is committed, so that its tree is there; null where the bytes were read
   */
  record Holds(
      Content content,
      FileStat stat,
      long atNanos,
      List<TreeNode> nodes,
      @Nullable PathState source)
      implements Conclusion {
    public Holds {
      nodes = List.copyOf(nodes);
    }

    static Holds read(Content content, FileStat stat, long atNanos) {
      return new Holds(content, stat, atNanos, List.of(), null);
    }

    long nodeBytes() {
      return nodes.stream().mapToLong(TreeNode::bytes).sum();
    }
  }

  /** The certain absence of the name. */
  record Gone() implements Conclusion {}

  /** An object that is never shared, in place of the indexed one. */
  record Unshared() implements Conclusion {}

  /** A name whose object is unknown, and compared with nothing that was there: a drop. */
  record DroppedName() implements Conclusion {}

  /** The file changed while it was read: read it again. */
  record Unsettled() implements Conclusion {}

  /** The file changes all the time, and no state of it can be had: its last version stays. */
  record Restless() implements Conclusion {}

  /** The file cannot be read. */
  record RefusedName(String cause) implements Conclusion {}
}
