package org.realize.sync.view;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.branch.Branch;
import org.realize.sync.content.OpenFile;
import org.realize.sync.content.OpenFile.Pages;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.FileStat;

/**
 * The open files of one arena with a root, by inode: a file whose last name is gone is reached by
 * them alone. It also remembers the stat under which the kernel has pages of an inode, of the
 * {@value #MAX_PAGED} inodes that were opened last. Thread-safe; its monitor is innermost but for
 * that of {@link DiskNodes}.
 */
final class OpenNodes {

  private static final int MAX_PAGED = 1 << 16;

  /** An inode that is open. */
  private static final class OpenNode {
    final List<RootedFile> files = new ArrayList<>(1);

    /** True if the kernel may use the disk's file directly: decided by the first that opens it. */
    final boolean isDirect;

    int writers;

    OpenNode(boolean isDirect) {
      this.isDirect = isDirect;
    }
  }

  private final DiskNodes nodes;

  /** Guarded by this. */
  private final Map<Inode, OpenNode> open = new HashMap<>();

  /** Guarded by this. */
  private final Map<Inode, FileStat> paged =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Inode, FileStat> eldest) {
          return size() > MAX_PAGED;
        }
      };

  OpenNodes(DiskNodes nodes) {
    this.nodes = nodes;
  }

  /** An open file of what is on the disk, which it closes. */
  RootedFile open(Inode inode, EditedFile file, boolean writes, RootedFile.FileHost host)
      throws RealizeException {
    FileStat now = file.stat().stat();
    synchronized (this) {
      FileStat before = paged.put(inode, now);
      boolean isKept = (before != null && before.sameFile(now)) || isWritten(inode);
      RootedFile opened =
          new RootedFile(inode, file, null, writes, isKept ? Pages.KEPT : Pages.DROPPED, host);
      add(inode, opened, true);
      return opened;
    }
  }

  /** An open file of what is only in the store. */
  RootedFile openStored(Inode inode, OpenFile file, boolean writes, RootedFile.FileHost host) {
    synchronized (this) {
      Pages pages = paged.remove(inode) == null ? file.pages() : Pages.DROPPED;
      RootedFile opened = new RootedFile(inode, null, file, writes, pages, host);
      add(inode, opened, false);
      return opened;
    }
  }

  /** An open file of a branch, which it is to be given. */
  RootedFile openBranch(Inode inode, boolean writes, RootedFile.FileHost host) {
    synchronized (this) {
      paged.remove(inode);
      RootedFile opened = new RootedFile(inode, null, null, writes, Pages.DROPPED, host);
      add(inode, opened, false);
      return opened;
    }
  }

  private void add(Inode inode, RootedFile file, boolean isOnDisk) {
    OpenNode node = open.computeIfAbsent(inode, _ -> new OpenNode(isOnDisk));
    node.files.add(file);
    node.writers += file.writes() ? 1 : 0;
    file.direct(node.isDirect);
    nodes.opened(inode);
  }

  /** Ends an open file; true if it was the last that wrote. */
  synchronized boolean close(RootedFile file, @Nullable FileStat last) {
    OpenNode node = open.get(file.inode());
    if (node == null || !node.files.remove(file)) {
      return false;
    }
    node.writers -= file.writes() ? 1 : 0;
    if (last != null && file.writes()) {
      paged.put(file.inode(), last);
    }
    if (node.files.isEmpty()) {
      open.remove(file.inode());
    }
    nodes.closed(file.inode());
    return file.writes() && node.writers == 0;
  }

  /** True if a program has the inode open for writing. */
  synchronized boolean isWritten(Inode inode) {
    OpenNode node = open.get(inode);
    return node != null && node.writers > 0;
  }

  /** An open file of the disk; null if the inode has none. */
  synchronized @Nullable EditedFile onDisk(Inode inode) {
    OpenNode node = open.get(inode);
    if (node != null) {
      for (RootedFile file : node.files) {
        EditedFile found = file.file();
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** The branch that an open file of the inode reads; null if none does. */
  synchronized @Nullable Branch branch(Inode inode) {
    OpenNode node = open.get(inode);
    if (node != null) {
      for (RootedFile file : node.files) {
        Branch found = file.branch();
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** What an inode of the store alone was when it was opened; null if it is not open so. */
  @Nullable Attributes seen(Inode inode) {
    return stored(inode).stream()
        .map(RootedFile::seen)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** The open files that still read what is only in the store. */
  synchronized List<RootedFile> stored(Inode inode) {
    OpenNode node = open.get(inode);
    return node == null
        ? List.of()
        : node.files.stream().filter(file -> file.file() == null).toList();
  }
}
