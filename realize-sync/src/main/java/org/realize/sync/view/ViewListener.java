package org.realize.sync.view;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Inode;

/**
 * A listener of changes that are visible through the view, called on any thread. Must return at
 * once: a driver queues its notices for the kernel and sends them from a thread of its own.
 */
public interface ViewListener {

  /** Changes follow, on this thread, that belong together, as the two names of a rename. */
  default void began() {}

  /** All of them have been told. */
  default void ended() {}

  /** {@code name} of {@code directory} appeared, went away, or is another inode now. */
  void entryChanged(Inode directory, String name);

  /**
   * As the other, where both inodes are known.
   *
   * @param before the inode that the name showed; null for none
   * @param after the inode that it shows now; null for none
   */
  default void entryChanged(EntryName at, @Nullable Inode before, @Nullable Inode after) {
    entryChanged(at.directory(), at.name());
  }

  /** Mode, times or size of {@code inode} changed; its content did not. */
  void attributesChanged(Inode inode);

  /** A program is changing the file {@code inode}: bytes and attributes are others. */
  void contentChanged(Inode inode);
}
