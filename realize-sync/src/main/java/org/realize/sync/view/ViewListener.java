package org.realize.sync.view;

import org.realize.sync.model.Inode;

/**
 * Told after a change is visible through the view, on any thread. Must return at once: a driver
 * queues what it wants to tell the kernel and does so from a thread of its own.
 */
public interface ViewListener {

  /** {@code name} of {@code directory} appeared, went away, or is another inode now. */
  void entryChanged(Inode directory, String name);

  /** Mode, times or size of {@code inode} changed; its content did not. */
  void attributesChanged(Inode inode);
}
