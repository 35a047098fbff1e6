package org.realize.fuse.kernel;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.sync.model.Inode;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileKind;

/**
 * The last attributes of directories, links, fifos and devices whose last name was removed here,
 * until the kernel forgets them: programs may still be in such a directory or hold such a fifo,
 * which the view does not learn. Open regular files are the view's. Thread-safe.
 */
final class GoneNodes {

  /** Bounds what a kernel that forgets nothing could fill. */
  private static final int MAX_NODES = 65_536;

  private final Map<Inode, Attributes> nodes = new ConcurrentHashMap<>();

  /** Adds what had {@code before} just before a name of it was removed, if that was its last. */
  void add(Attributes before) {
    boolean isLast = before.kind() == FileKind.DIRECTORY || before.links() <= 1;
    if (before.kind() != FileKind.FILE && isLast && nodes.size() < MAX_NODES) {
      nodes.put(before.inode(), before.withoutLinks());
    }
  }

  Optional<Attributes> attributes(Inode inode) {
    return Optional.ofNullable(nodes.get(inode));
  }

  void forget(Request in) {
    if (!nodes.isEmpty()) {
      forget(in.node());
    }
  }

  void forgetBatch(Request in) {
    if (nodes.isEmpty()) {
      return;
    }
    int count = in.bodyInt(0);
    for (int i = 0; i < count; i++) {
      forget(in.bodyLong(8 + 16 * i));
    }
  }

  private void forget(long node) {
    if (node > 0) {
      nodes.remove(new Inode(node));
    }
  }
}
