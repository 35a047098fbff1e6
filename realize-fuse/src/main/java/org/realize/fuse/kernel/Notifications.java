package org.realize.fuse.kernel;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileView;
import org.realize.sync.view.ViewListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of changes that the kernel is notified of, so that it may keep names, attributes and
 * listings for long.
 *
 * <p>Changes are queued, each once, and told by one thread of its own that holds no lock: the
 * kernel takes the directory's lock to forget a name, and who holds that lock may be waiting for an
 * answer of ours. For the same reason this is the proof that nothing stale stays: a lookup or
 * listing holds the directory's lock until its answer is in the cache, so telling the name
 * <em>after</em> the change is visible waits for every older answer and then removes it. Hence the
 * order for a changed entry: first the name, which waits for listings under way, then the
 * directory, whose cached listing goes. An attribute's answer that is older than the notice is
 * dropped by the kernel itself.
 *
 * <p>The queue holds {@value #MAX_PENDING} changes. When more come, single ones are given up and
 * everything that the kernel knows is made doubtful: every cached name is looked up again
 * (INC_EPOCH; on kernels older than 6.16 the names in the root are forgotten, and with them all
 * that is below), and the listings of all directories and the attributes of all open files are
 * dropped.
 */
final class Notifications implements ViewListener {

  private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
  private static final int MAX_PENDING = 16_384;
  private static final int ROOT_BATCH = 256;
  private static final int NOT_THE_DATA = -1;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Device device;
  private final FileView view;
  private final ListedDirectories listed;
  private final OpenInodes open;
  private final NativeBuffer message = NativeBuffer.allocate(4096); // of the thread
  private final Thread thread;

  private Set<KernelNotice> pending = new LinkedHashSet<>(); // guarded by this
  private boolean overflowed; // guarded by this
  private boolean closed; // guarded by this

  private sealed interface KernelNotice {}

  private record ChangedEntry(Inode directory, String name) implements KernelNotice {}

  private record ChangedAttributes(Inode inode) implements KernelNotice {}

  private record ChangedContent(Inode inode) implements KernelNotice {}

  Notifications(Device device, FileView view, ListedDirectories listed, OpenInodes open) {
    this.device = device;
    this.view = view;
    this.listed = listed;
    this.open = open;
    this.thread = Thread.ofPlatform().daemon().name("fuse-notify").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  @Override
  public void entryChanged(Inode directory, String name) {
    add(new ChangedEntry(directory, name));
  }

  @Override
  public void attributesChanged(Inode inode) {
    add(new ChangedAttributes(inode));
  }

  @Override
  public void contentChanged(Inode inode) {
    add(new ChangedContent(inode));
  }

  private synchronized void add(KernelNotice change) {
    if (closed || overflowed) {
      return;
    }
    if (pending.size() >= MAX_PENDING) {
      overflowed = true;
      pending.clear();
    } else {
      pending.add(change);
    }
    notifyAll();
  }

  /** Lets the thread end; what was not told yet is not told. */
  synchronized void close() {
    closed = true;
    pending.clear();
    notifyAll();
  }

  /** Waits for the thread's end; false when it has not ended in time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    return thread.join(timeout);
  }

  private void run() {
    try {
      while (true) {
        List<KernelNotice> batch;
        boolean everything;
        synchronized (this) {
          while (pending.isEmpty() && !overflowed && !closed) {
            wait();
          }
          if (closed) {
            return;
          }
          batch = new ArrayList<>(pending);
          pending = new LinkedHashSet<>();
          everything = overflowed;
          overflowed = false;
        }
        try {
          if (everything) {
            invalidateEverything();
          }
          tell(batch);
        } catch (RuntimeException | Error e) {
          LOG.error("Changes could not be told to the kernel, it is to forget all names", e);
          overflow();
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("Interrupted, no more notices are sent");
    }
  }

  private synchronized void overflow() {
    overflowed = true;
    pending.clear();
  }

  /** All names before the first directory: a directory needs one notice for all its changes. */
  private void tell(List<KernelNotice> batch) {
    Set<Inode> directories = new LinkedHashSet<>();
    for (KernelNotice change : batch) {
      switch (change) {
        case ChangedEntry(Inode directory, String name) -> {
          forgetName(directory, name);
          directories.add(directory);
        }
        case ChangedAttributes(Inode inode) -> forgetInode(inode, NOT_THE_DATA);
        case ChangedContent(Inode inode) -> forgetInode(inode, 0);
      }
    }
    directories.forEach(directory -> forgetInode(directory, 0));
  }

  private void forgetName(Inode directory, String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    int body = Protocol.OUT_HEADER_BYTES;
    message.bytes().putLong(body, directory.value());
    message.bytes().putInt(body + 8, utf8.length).putInt(body + 12, 0);
    message.bytes().put(body + 16, utf8).put(body + 16 + utf8.length, (byte) 0);
    device.notify(message, Protocol.Notify.INVAL_ENTRY, body + 16 + utf8.length + 1);
  }

  /** Drops attributes, and from {@code offset} on what is cached of the content or listing. */
  private void forgetInode(Inode inode, long offset) {
    int body = Protocol.OUT_HEADER_BYTES;
    message.bytes().putLong(body, inode.value()).putLong(body + 8, offset).putLong(body + 16, 0);
    device.notify(message, Protocol.Notify.INVAL_INODE, body + 24);
  }

  private void invalidateEverything() {
    LOG.debug("More than {} changes at once: the kernel forgets all names", MAX_PENDING);
    int refused = device.notify(message, Protocol.Notify.INC_EPOCH, Protocol.OUT_HEADER_BYTES);
    if (refused == -Errno.EINVAL) {
      forgetRootNames();
    }
    listed.forEach(directory -> {
      forgetName(directory, "."); // no such name: it only waits for a listing under way
      forgetInode(directory, 0);
    });
    open.all().forEach(inode -> forgetInode(inode, NOT_THE_DATA));
  }

  private void forgetRootNames() {
    try {
      long cursor = 0;
      while (true) {
        List<DirectoryEntry> entries = view.list(Inode.ROOT, cursor, ROOT_BATCH);
        if (entries.isEmpty()) {
          return;
        }
        entries.forEach(entry -> forgetName(Inode.ROOT, entry.name()));
        cursor = entries.getLast().cursor();
      }
    } catch (RealizeException e) {
      LOG.warn("Names may be stale for {} s: {}", Reply.KEPT_SECONDS, e.oneLine());
    }
  }
}
