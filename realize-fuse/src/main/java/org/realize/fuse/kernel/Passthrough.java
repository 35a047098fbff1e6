package org.realize.fuse.kernel;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.realize.fuse.sys.Errno;
import org.realize.fuse.sys.SystemCalls;
import org.realize.sync.model.Inode;
import org.realize.sync.view.OpenFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which open inodes the kernel reads from a local file itself. All handles of one inode must agree:
 * the kernel refuses a mixture of cached and passed-through handles, and of two backing files. So
 * the first handle decides, and the others follow until the last is released. The kernel drops a
 * handle before it tells, and learns of one after it is counted here; so what is counted here is
 * never less than what it holds.
 *
 * <p>No system call is made under the lock: a backing file is registered first, and given back when
 * another handle was faster.
 */
final class Passthrough {

  /** The kernel asks us for this inode's bytes. */
  static final int CACHED = 0;

  private static final Logger LOG = LoggerFactory.getLogger(Passthrough.class);

  private final SystemCalls calls;
  private final Device device;

  /** False once the kernel has said that this mount may not. */
  private volatile boolean permitted;

  private final Map<Long, Shared> open = new HashMap<>(); // guarded by this

  /** What the handles of one inode have in common. */
  private static final class Shared {
    final int backing;
    int handles;

    Shared(int backing) {
      this.backing = backing;
    }
  }

  Passthrough(SystemCalls calls, Device device, boolean permitted) {
    this.calls = calls;
    this.device = device;
    this.permitted = permitted;
  }

  /** Counts one more handle; returns its backing file's id or {@link #CACHED}. */
  int join(Inode inode, OpenFile file) {
    synchronized (this) {
      Shared shared = open.get(inode.value());
      if (shared != null) {
        shared.handles++;
        return shared.backing;
      }
    }
    int fresh = permitted ? file.backing().map(this::register).orElse(CACHED) : CACHED;
    int spare = CACHED;
    int chosen;
    synchronized (this) {
      Shared shared = open.get(inode.value());
      if (shared == null) {
        shared = new Shared(fresh);
        open.put(inode.value(), shared);
      } else {
        spare = fresh;
      }
      shared.handles++;
      chosen = shared.backing;
    }
    unregister(spare);
    return chosen;
  }

  /** Uncounts a handle of {@code inode}. */
  void leave(Inode inode) {
    int last = CACHED;
    synchronized (this) {
      Shared shared = open.get(inode.value());
      if (shared != null && --shared.handles == 0) {
        open.remove(inode.value());
        last = shared.backing;
      }
    }
    unregister(last);
  }

  private int register(Path local) {
    int descriptor = calls.open(local.toString(), SystemCalls.O_RDONLY);
    if (descriptor < 0) {
      LOG.warn("Local file {} not opened for passthrough: {}", local, Errno.text(-descriptor));
      return CACHED;
    }
    int id = device.openBacking(descriptor);
    calls.close(descriptor);
    if (id == -Errno.EPERM || id == -Errno.EOPNOTSUPP) {
      permitted = false;
      LOG.info("Local files are read through the daemon: {}", Errno.text(-id));
    } else if (id < 0) {
      LOG.debug("No passthrough of {}: {}", local, Errno.text(-id));
    }
    return Math.max(id, CACHED);
  }

  private void unregister(int backing) {
    if (backing != CACHED) {
      device.closeBacking(backing);
    }
  }
}
