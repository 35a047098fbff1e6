package org.realize.fuse;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Inode;

/**
 * The programs whose reads of a mount need bytes that are not on this machine, as the mount asks
 * and tells of them. Called on the threads that answer the kernel: nothing here waits. Thread-safe.
 */
public interface ReadingPrograms {

  /** Every program may have bytes fetched, and no fetch is recorded. */
  ReadingPrograms ANY =
      new ReadingPrograms() {
        @Override
        public String admit(int thread) {
          return "";
        }

        @Override
        public void fetched(String program, Inode inode, long bytes) {}
      };

  /**
   * The program of a thread that is about to wait for bytes; null if none are fetched for it.
   *
   * @param thread its number as the kernel names it, 0 if this process does not see it
   */
  @Nullable String admit(int thread);

  /** Notes that a read of {@code program} has waited for bytes of {@code inode}. */
  void fetched(String program, Inode inode, long bytes);
}
