package org.realize.sync.index;

import java.util.List;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;

/** What a look at one name of the disk brought. */
sealed interface Seen {

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
   */
  record Present(Content content, FileStat stat, long atNanos, List<TreeNode> nodes)
      implements Seen {
    public Present {
      nodes = List.copyOf(nodes);
    }
  }

  /** Nothing, certainly. */
  record Gone() implements Seen {}

  /** Something that is never shared, in place of what was. */
  record Unshared() implements Seen {}

  /** It changed while it was read: look again. */
  record Unsettled() implements Seen {}

  /** It cannot be read. */
  record Refused(String cause) implements Seen {}
}
