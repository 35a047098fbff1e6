package org.realize.sync.index;

import org.realize.sync.port.FileStat;

/**
 * The files and directories of this node itself: its private key, its state. They are never
 * indexed, wherever below a root they lie or are moved to. Thread-safe.
 */
@FunctionalInterface
public interface OwnFiles {

  /** No files, for a root that has none of this node in reach. */
  OwnFiles NONE = _ -> false;

  /** True if {@code stat}, of any name, is that of one of them: the inode decides. */
  boolean contains(FileStat stat);
}
