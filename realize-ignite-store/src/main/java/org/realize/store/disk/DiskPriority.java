package org.realize.store.disk;

import org.realize.sync.posix.Errno;
import org.realize.sync.posix.Syscalls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The urgency of a thread's reads and writes, for schedulers of disks that tell them apart. */
public final class DiskPriority {

  private static final Logger LOG = LoggerFactory.getLogger(DiskPriority.class);

  private DiskPriority() {}

  /**
   * Lets the calling thread use a disk only while no other does, until it ends. It must be a
   * platform thread: others run on the same one as a virtual thread does.
   */
  public static void idle() {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException("a virtual thread has no priority of its own");
    }
    try (Syscalls sys = new Syscalls()) {
      int result = sys.idlePriority();
      if (result < 0) {
        LOG.debug("no idle priority at the disk: {}", Errno.exception(-result, "set it for", "us"));
      }
    }
  }
}
