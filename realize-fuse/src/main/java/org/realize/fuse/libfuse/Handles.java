package org.realize.fuse.libfuse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;

/**
 * The open files by number, and which version of each path the kernel's cache holds. The library
 * gives a path one node whatever version is there, so its pages may be kept at an open only when
 * they are of the same version; while another version of the path is open, the cache must not be
 * used at all. Safe for all threads.
 */
final class Handles {

  /** Where "struct fuse_file_info" has the handle. */
  static final int INFO_HANDLE_OFFSET = 24;

  private static final int INFO_BITS_OFFSET = 20;
  private static final byte DIRECT_IO = 1;
  private static final byte KEEP_CACHE = 2;
  private static final int MAX_REMEMBERED = 8192;

  private final AtomicLong last = new AtomicLong();
  private final ConcurrentHashMap<Long, LibraryHandle> open = new ConcurrentHashMap<>();
  private final Map<String, Inode> cached = // guarded by this
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Inode> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /**
   * An open version of the file that was at {@code path}, which is null once a program has moved or
   * removed that name.
   */
  record LibraryHandle(@Nullable String path, Attributes attributes, OpenFile file) {}

  /** The kernel's treatment of its pages of a path. */
  enum PagePolicy {
    KEPT,
    DROPPED,
    BYPASSED
  }

  /** Adds an open file of {@code path}, and tells the library of it in {@code info}. */
  void open(String path, Attributes attributes, OpenFile file, Pointer info) {
    LibraryHandle handle = new LibraryHandle(path, attributes, file);
    byte bits =
        switch (pagesFor(handle)) {
          case KEPT -> KEEP_CACHE;
          case DROPPED -> 0;
          case BYPASSED -> DIRECT_IO;
        };
    long number = last.incrementAndGet();
    open.put(number, handle);
    info.putByte(INFO_BITS_OFFSET, bits);
    info.putLong(INFO_HANDLE_OFFSET, number);
  }

  /** Decides for a handle that is not yet added. */
  private synchronized PagePolicy pagesFor(LibraryHandle handle) {
    boolean hasOneName = handle.attributes().links() == 1;
    if (handle.file().pages() == OpenFile.Pages.UNCACHED || !hasOneName) {
      return PagePolicy.BYPASSED; // the kernel would keep pages of each name
    }
    Inode inode = handle.attributes().inode();
    for (LibraryHandle other : open.values()) {
      if (Objects.equals(other.path(), handle.path())
          && !other.attributes().inode().equals(inode)) {
        return PagePolicy.BYPASSED;
      }
    }
    boolean same = inode.equals(cached.put(handle.path(), inode));
    return same && handle.file().pages() == OpenFile.Pages.KEPT
        ? PagePolicy.KEPT
        : PagePolicy.DROPPED;
  }

  /** The handle that the library names. */
  LibraryHandle require(Pointer info) throws CallFailed {
    long number = info.getLong(INFO_HANDLE_OFFSET);
    LibraryHandle handle = open.get(number);
    if (handle == null) {
      throw new CallFailed("handle " + number, Errno.EBADF);
    }
    return handle;
  }

  /** Notes that another file may be at {@code path}, and below it, from now on. */
  void moved(String path) {
    String below = path + "/";
    open.replaceAll((number, handle) ->
        handle.path() != null && (handle.path().equals(path) || handle.path().startsWith(below))
            ? new LibraryHandle(null, handle.attributes(), handle.file())
            : handle);
    synchronized (this) {
      cached.keySet().removeIf(known -> known.equals(path) || known.startsWith(below));
    }
  }

  void remove(Pointer info) {
    remove(info.getLong(INFO_HANDLE_OFFSET));
  }

  private void remove(long number) {
    LibraryHandle handle = open.remove(number);
    if (handle != null) {
      handle.file().close();
    }
  }

  void close() {
    open.keySet().forEach(this::remove);
  }
}
