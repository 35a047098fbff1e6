package org.realize.fuse.libfuse;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.view.Attributes;

/**
 * The open files by number, and which version of each path the kernel's cache holds. The library
 * gives a path one node whatever version is there, so its pages may be kept at an open only when
 * they are of the same version; while another version of the path is open, the cache must not be
 * used at all. Safe for all threads.
 */
final class Handles {

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

  /** An open version of the file that was at {@code path}. */
  record LibraryHandle(String path, Attributes attributes, OpenFile file) {}

  /** The kernel's treatment of its pages of a path. */
  enum PagePolicy {
    KEPT,
    DROPPED,
    BYPASSED
  }

  long add(LibraryHandle handle) {
    long number = last.incrementAndGet();
    open.put(number, handle);
    return number;
  }

  /** Decides for a handle that is not yet added. */
  synchronized PagePolicy pagesFor(LibraryHandle handle) {
    if (handle.file().pages() == OpenFile.Pages.UNCACHED) {
      return PagePolicy.BYPASSED;
    }
    Inode inode = handle.attributes().inode();
    for (LibraryHandle other : open.values()) {
      if (other.path().equals(handle.path()) && !other.attributes().inode().equals(inode)) {
        return PagePolicy.BYPASSED;
      }
    }
    boolean same = inode.equals(cached.put(handle.path(), inode));
    return same && handle.file().pages() == OpenFile.Pages.KEPT
        ? PagePolicy.KEPT
        : PagePolicy.DROPPED;
  }

  Optional<LibraryHandle> get(long number) {
    return Optional.ofNullable(open.get(number));
  }

  void remove(long number) {
    LibraryHandle handle = open.remove(number);
    if (handle != null) {
      handle.file().close();
    }
  }

  void close() {
    open.keySet().forEach(this::remove);
  }
}
