package org.realize.fuse.kernel;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;

/** The open handles of a mount, by FUSE file handle. Thread-safe. */
final class FileHandles {

  private final OpenInodes inodes;
  private final AtomicLong last = new AtomicLong();
  private final ConcurrentHashMap<Long, FileHandle> handles = new ConcurrentHashMap<>();

  private record FileHandle(Inode inode, OpenFile file, boolean writes) {}

  FileHandles(OpenInodes inodes) {
    this.inodes = inodes;
  }

  /** Adds a file whose inode {@link OpenInodes#join} has counted so; returns its number. */
  long add(Inode inode, OpenFile file, boolean writes) {
    long number = last.incrementAndGet();
    handles.put(number, new FileHandle(inode, file, writes));
    return number;
  }

  OpenFile file(long number) throws CallFailed {
    FileHandle handle = handles.get(number);
    if (handle == null) {
      throw new CallFailed("unknown handle " + number, Errno.EBADF);
    }
    return handle.file();
  }

  void release(long number) {
    FileHandle handle = handles.remove(number);
    if (handle != null) {
      inodes.leave(handle.inode(), handle.writes());
      handle.file().close();
    }
  }

  /** Closes what programs have not, once the mount is gone. */
  void close() {
    handles.keySet().forEach(this::release);
  }
}
