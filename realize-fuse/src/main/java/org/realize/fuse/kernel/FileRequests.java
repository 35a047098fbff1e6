package org.realize.fuse.kernel;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileView;

/**
 * The answers to OPEN and READ of files. The kernel keeps pages of an inode from one open to the
 * next unless the view says otherwise. Thread-safe.
 */
final class FileRequests {

  private static final int ACCESS_MODE = 3;
  private static final int O_TRUNC = 01000;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final FileView view;
  private final Device device;
  private final OpenInodes inodes;
  private final Waits waits;
  private final AtomicLong lastHandle = new AtomicLong();
  private final ConcurrentHashMap<Long, FileHandle> handles = new ConcurrentHashMap<>();

  private record FileHandle(Inode inode, OpenFile file) {}

  FileRequests(FileView view, Device device, OpenInodes inodes, Waits waits) {
    this.view = view;
    this.device = device;
    this.inodes = inodes;
    this.waits = waits;
  }

  /**
   * Opens for reading and answers by itself: when the program has ended before, the kernel refuses
   * the answer and will never release the handle.
   */
  int open(int channel, Request in, Reply out) throws RealizeException {
    int flags = in.bodyInt(0);
    if ((flags & ACCESS_MODE) != 0 || (flags & O_TRUNC) != 0) {
      return -Errno.EROFS;
    }
    Inode inode = in.inode();
    Attributes attributes = view.attributes(inode);
    OpenFile file = view.open(inode);
    int backing = inodes.join(attributes, file);
    long handle = lastHandle.incrementAndGet();
    handles.put(handle, new FileHandle(inode, file));
    out.putLong(0, handle);
    out.putInt(8, Protocol.Open.NOFLUSH | bits(backing, file.pages()));
    out.putInt(12, backing);
    if (!device.write(channel, out.buffer(), out.seal(in.unique(), 16))) {
      release(handle);
    }
    return Reply.NONE;
  }

  private static int bits(int backing, OpenFile.Pages pages) {
    if (backing != OpenInodes.CACHED) {
      return Protocol.Open.PASSTHROUGH;
    }
    return switch (pages) {
      case KEPT -> Protocol.Open.KEEP_CACHE;
      case DROPPED -> 0;
      case UNCACHED -> Protocol.Open.DIRECT_IO;
    };
  }

  /** Answers at once when the bytes are here; hands over to {@link Waits} when they are not. */
  int read(int channel, Request in, Reply out) throws RealizeException {
    FileHandle handle = handles.get(in.bodyLong(0));
    if (handle == null) {
      return -Errno.EBADF;
    }
    long offset = in.bodyLong(8);
    int size = Math.min(in.bodyInt(16), Protocol.MAX_REQUEST_BYTES);
    ByteBuffer room = out.room(size);
    int read = handle.file().readNow(offset, room);
    if (read != OpenFile.WOULD_WAIT) {
      return read;
    }
    Waits.Wanted wanted = new Waits.Wanted(channel, in.unique(), handle.file(), offset, size);
    return waits.start(wanted) ? Reply.NONE : -Errno.EAGAIN;
  }

  /** Bytes that are elsewhere are data; without true holes, the only hole is after the end. */
  int seek(Request in, Reply out) {
    FileHandle handle = handles.get(in.bodyLong(0));
    if (handle == null) {
      return -Errno.EBADF;
    }
    long offset = in.bodyLong(8);
    int whence = in.bodyInt(16);
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
      return -Errno.EINVAL;
    }
    long size = handle.file().sizeBytes();
    if (offset < 0 || offset >= size) {
      return -Errno.ENXIO;
    }
    out.putLong(0, whence == SEEK_DATA ? offset : size);
    return Long.BYTES;
  }

  int release(Request in) {
    release(in.bodyLong(0));
    return 0;
  }

  private void release(long number) {
    FileHandle handle = handles.remove(number);
    if (handle != null) {
      inodes.leave(handle.inode());
      handle.file().close();
    }
  }

  /** Closes what programs have not, once the mount is gone. */
  void close() {
    handles.keySet().forEach(this::release);
  }
}
