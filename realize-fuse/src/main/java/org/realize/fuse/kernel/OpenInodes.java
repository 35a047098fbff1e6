package org.realize.fuse.kernel;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.realize.sync.posix.Syscalls;
import org.realize.sync.view.Attributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inodes that programs hold open: their last attributes, for when the view no longer has them,
 * and the local file that the kernel reads itself (passthrough).
 *
 * <p>All handles of one inode must agree on passthrough and its backing file: the kernel refuses a
 * mixture of cached and passed handles, and of two backing files. So the first handle decides, and
 * the others follow until the last is released. The kernel drops a handle before it tells, and
 * learns of one after it is counted here; so what is counted here is never less than what it holds.
 *
 * <p>Thread-safe. No system call is made under the lock: a backing file is registered first, and
 * given back when another handle was faster.
 */
final class OpenInodes {

  /** No backing file: the kernel asks the daemon for the inode's bytes, and caches them. */
  static final int CACHED = 0;

  private static final int NOT_OPEN = -1;

  private static final Logger LOG = LoggerFactory.getLogger(OpenInodes.class);

  private final Device device;

  /** False where this mount may not: it was asked for none, or the kernel has refused it. */
  private volatile boolean passthrough;

  private final Map<Long, InodeState> open = new HashMap<>(); // guarded by this

  /** The state that the handles of one inode share. */
  private static final class InodeState {
    final Inode inode;
    final int backing;
    @Nullable Attributes attributes;
    int handles;

    /** Those of the handles that write. */
    int writers;

    InodeState(Inode inode, int backing, @Nullable Attributes attributes) {
      this.inode = inode;
      this.backing = backing;
      this.attributes = attributes;
    }
  }

  OpenInodes(Device device, boolean passthrough) {
    this.device = device;
    this.passthrough = passthrough;
  }

  /**
   * Counts one more handle of a file that does not change; returns its backing file's id or {@link
   * #CACHED}.
   *
   * @param attributes kept if it is the inode's first handle
   */
  int join(Attributes attributes, OpenFile file) {
    int backing = joinOpen(attributes.inode(), false);
    return backing == NOT_OPEN
        ? join(attributes.inode(), attributes, file::backing, false)
        : backing;
  }

  /**
   * Counts one more handle of a file that may be changed: only a file of the disk may be passed
   * through. EIO if the inode is passed through already, and {@code file} is no file of the disk.
   */
  int join(Inode inode, OpenFile file, boolean writes) throws CallFailed {
    Optional<Path> diskFile = file.diskFile();
    int backing = joinOpen(inode, writes);
    if (backing == NOT_OPEN) {
      return join(inode, null, () -> diskFile, writes);
    }
    if (backing > CACHED && diskFile.isEmpty()) {
      leave(inode, writes);
      throw new CallFailed("open " + inode + ": it is open as a file of the disk", Errno.EIO);
    }
    return backing;
  }

  /** Counts one more handle if there is one already; returns its backing, or NOT_OPEN. */
  private synchronized int joinOpen(Inode inode, boolean writes) {
    InodeState shared = open.get(inode.value());
    if (shared == null) {
      return NOT_OPEN;
    }
    shared.handles++;
    shared.writers += writes ? 1 : 0;
    return shared.backing;
  }

  private int join(
      Inode node,
      @Nullable Attributes attributes,
      Supplier<Optional<Path>> localFile,
      boolean writes) {
    long inode = node.value();
    int fresh = passthrough ? localFile.get().map(this::register).orElse(CACHED) : CACHED;
    int spare = CACHED;
    int chosen;
    synchronized (this) {
      InodeState shared = open.get(inode);
      if (shared == null) {
        shared = new InodeState(node, fresh, attributes);
        open.put(inode, shared);
      } else {
        spare = fresh;
      }
      shared.handles++;
      shared.writers += writes ? 1 : 0;
      chosen = shared.backing;
    }
    unregister(spare);
    return chosen;
  }

  /** Uncounts a handle of {@code inode}; {@code writes} as it was counted. */
  void leave(Inode inode, boolean writes) {
    int last = CACHED;
    synchronized (this) {
      InodeState shared = open.get(inode.value());
      if (shared != null) {
        shared.writers -= writes ? 1 : 0;
        if (--shared.handles == 0) {
          open.remove(inode.value());
          last = shared.backing;
        }
      }
    }
    unregister(last);
  }

  /** True while programs write to the inode's file of the disk without this process. */
  synchronized boolean isWrittenAside(Inode inode) {
    InodeState shared = open.get(inode.value());
    return shared != null && shared.backing > CACHED && shared.writers > 0;
  }

  /** Keeps the latest attributes of a file that a program holds, for when it has no name. */
  synchronized void seen(Attributes attributes) {
    InodeState shared = open.get(attributes.inode().value());
    if (shared != null) {
      shared.attributes = attributes;
    }
  }

  /**
   * The attributes that {@code inode} had when it was opened, or when they were last {@link #seen};
   * empty where none are kept.
   */
  synchronized Optional<Attributes> attributes(Inode inode) {
    return Optional.ofNullable(open.get(inode.value())).map(shared -> shared.attributes);
  }

  synchronized List<Inode> all() {
    return open.values().stream().map(shared -> shared.inode).toList();
  }

  /** The kernel opens the backing file anew for each handle, so reading is enough here. */
  private int register(Path local) {
    int descriptor = MountCalls.open(local.toString(), Syscalls.O_RDONLY);
    if (descriptor < 0) {
      LOG.warn("Local file {} not opened for passthrough: {}", local, Errno.text(-descriptor));
      return CACHED;
    }
    int id = device.openBacking(descriptor);
    MountCalls.close(descriptor);
    if (id == -Errno.EPERM || id == -Errno.EOPNOTSUPP || id == -Errno.ENOTTY) {
      passthrough = false;
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
