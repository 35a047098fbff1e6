package org.realize.fuse;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.fuse.kernel.KernelMount;
import org.realize.fuse.libfuse.LibfuseMount;
import org.realize.fuse.sys.Fusermount;
import org.realize.fuse.sys.MountPoint;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.FileView;

/**
 * A file view that is mounted as a directory of this machine, of file system type {@code
 * fuse.realize}. It ends by {@link #close} or when somebody unmounts it. Safe for all threads.
 */
public final class Mount implements AutoCloseable {

  private final MountSession session;
  private final Lock closing = new ReentrantLock();
  private boolean closed; // guarded by closing

  private Mount(MountSession session) {
    this.session = session;
  }

  /** The end of a running mount of one driver. */
  @FunctionalInterface
  private interface MountSession {
    void close() throws InterruptedException;
  }

  /**
   * Mounts {@code view}; returns once it can be entered. A mount that a realize left here when it
   * died is taken away first. Fails with {@code Invalid} when the mount point is no empty
   * directory, {@code Denied} when this user may not mount or let others enter, {@code
   * StorageFailed} with the kernel's reason otherwise.
   */
  public static Mount open(FileView view, MountOptions options)
      throws RealizeException, InterruptedException {
    boolean allowOther = options.allowOther();
    if (allowOther) {
      Fusermount.checkAllowOther(options.mountPoint());
    }
    Owner owner = options.owner().orElseGet(Owner::ofThisProcess);
    MountPoint point = MountPoint.prepare(options.mountPoint());
    return new Mount(
        switch (options.driver()) {
          case KERNEL -> KernelMount.open(view, point, owner, options)::close;
          case LIBFUSE -> LibfuseMount.open(view, point, owner, options)::close;
        });
  }

  /**
   * Unmounts within some 10 s, in use or not: reads that wait are interrupted, programs that still
   * hold files of it get ENOTCONN. Idempotent: a second caller waits for the first.
   */
  @Override
  public void close() {
    closing.lock();
    try {
      if (!closed) {
        closed = true;
        session.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closing.unlock();
    }
  }
}
