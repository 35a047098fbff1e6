package org.realize.fuse;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Capacity;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileView;
import org.realize.sync.view.ViewListener;

/**
 * A file view on the heap: the twin of the real one for the drivers' tests. Contents are {@link
 * Pattern}s; a file may be held back until released, fail, or lie in a local file. Cursors are
 * sparse. Safe for all threads, guarded by one lock.
 */
final class MemoryFileView implements FileView {

  /** A file that is told to fail answers every read with this. */
  enum Trouble {
    NONE,
    UNREACHABLE,
    CORRUPT,
    BUG
  }

  private static final long CURSOR_GAP = 1L << 33;
  private static final long NOTICE_MILLIS = 200;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Long, Node> nodes = new HashMap<>();
  private final List<ViewListener> listeners = new CopyOnWriteArrayList<>();
  private long lastInode = 1;
  private boolean rootChangesWhenAsked; // guarded by lock
  final AtomicInteger openFiles = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger interrupted = new AtomicInteger();

  /** Reads that wait for bytes that are held back. */
  final AtomicInteger waiting = new AtomicInteger();

  private static final class Node {
    final Inode inode;
    final FileKind kind;
    final Inode parent;
    final TreeMap<Long, String> names = new TreeMap<>();
    final Map<String, Child> children = new HashMap<>();
    final Map<String, byte[]> attributes = new HashMap<>();
    int mode;
    FileTime mtime = new FileTime(1_700_000_000, 123_456_789);
    long size;
    long seed;
    long openSize = -1; // of a file that changed in place: what an open file has
    OpenFile.Pages pages = OpenFile.Pages.KEPT;
    String target = "";
    boolean held;
    Trouble trouble = Trouble.NONE;
    @Nullable Path backing;
    long lastCursor = 5;

    Node(Inode inode, FileKind kind, Inode parent, int mode) {
      this.inode = inode;
      this.kind = kind;
      this.parent = parent;
      this.mode = mode;
    }

    Attributes stat() {
      long bytes =
          kind == FileKind.LINK
              ? target.getBytes(java.nio.charset.StandardCharsets.UTF_8).length
              : size;
      return new Attributes(inode, kind, mode, bytes, kind == FileKind.DIRECTORY ? 2 : 1, mtime);
    }
  }

  private record Child(long cursor, Inode inode) {}

  MemoryFileView() {
    nodes.put(1L, new Node(Inode.ROOT, FileKind.DIRECTORY, Inode.ROOT, 0755));
  }

  // ---- what tests do to it; paths are relative, "" is the root

  /** Lets the root change while its attributes are asked for the first time. */
  void changeRootWhenAsked() {
    lock.lock();
    try {
      rootChangesWhenAsked = true;
    } finally {
      lock.unlock();
    }
  }

  void directory(String path) {
    add(path, FileKind.DIRECTORY, 0755);
  }

  void file(String path, long size, long seed) {
    Node node = add(path, FileKind.FILE, 0644);
    node.size = size;
    node.seed = seed;
  }

  void link(String path, String target) {
    add(path, FileKind.LINK, 0777).target = target;
  }

  /** Adds {@code count} empty files to a directory, without telling listeners. */
  void bulk(String path, int count) {
    lock.lock();
    try {
      Node directory = at(path);
      for (int i = 0; i < count; i++) {
        put(directory, "entry-%06d".formatted(i), FileKind.FILE, 0644);
      }
    } finally {
      lock.unlock();
    }
  }

  void remove(String path) {
    Node parent;
    lock.lock();
    try {
      parent = at(parentOf(path));
      Child child = parent.children.remove(nameOf(path));
      if (child == null) {
        throw new IllegalArgumentException("no " + path);
      }
      parent.names.remove(child.cursor());
    } finally {
      lock.unlock();
    }
    listeners.forEach(listener -> listener.entryChanged(parent.inode, nameOf(path)));
  }

  void mode(String path, int mode) {
    Node node;
    lock.lock();
    try {
      node = at(path);
      node.mode = mode;
    } finally {
      lock.unlock();
    }
    listeners.forEach(listener -> listener.attributesChanged(node.inode));
  }

  void mtime(String path, FileTime mtime) {
    lock.lock();
    try {
      at(path).mtime = mtime;
    } finally {
      lock.unlock();
    }
  }

  void attribute(String path, String name, byte[] value) {
    lock.lock();
    try {
      at(path).attributes.put(name, value);
    } finally {
      lock.unlock();
    }
  }

  /** Holds the file's bytes back: reads wait until {@code held} is false again. */
  void hold(String path, boolean held) {
    lock.lock();
    try {
      at(path).held = held;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void trouble(String path, Trouble trouble) {
    lock.lock();
    try {
      at(path).trouble = trouble;
    } finally {
      lock.unlock();
    }
  }

  void backing(String path, Path local) {
    lock.lock();
    try {
      at(path).backing = local;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Changes a file in place, as a program does on the disk: open files show it, its attributes do
   * not yet.
   */
  void change(String path, long size, long seed, OpenFile.Pages pages) {
    lock.lock();
    try {
      Node node = at(path);
      node.openSize = size;
      node.seed = seed;
      node.pages = pages;
    } finally {
      lock.unlock();
    }
  }

  private Node add(String path, FileKind kind, int mode) {
    Node parent;
    Node node;
    lock.lock();
    try {
      parent = at(parentOf(path));
      node = put(parent, nameOf(path), kind, mode);
    } finally {
      lock.unlock();
    }
    listeners.forEach(listener -> listener.entryChanged(parent.inode, nameOf(path)));
    return node;
  }

  /** A name that is there already becomes the new inode, as a rename-over does. */
  private Node put(Node directory, String name, FileKind kind, int mode) {
    Inode inode = new Inode(++lastInode);
    Node node = new Node(inode, kind, directory.inode, mode);
    nodes.put(inode.value(), node);
    Child old = directory.children.get(name);
    long cursor;
    if (old != null) {
      cursor = old.cursor();
    } else {
      directory.lastCursor += 1 + Math.floorMod(name.hashCode() * 0x9e3779b97f4a7c15L, CURSOR_GAP);
      cursor = directory.lastCursor;
    }
    directory.children.put(name, new Child(cursor, inode));
    directory.names.put(cursor, name);
    return node;
  }

  private Node at(String path) {
    Node node = node(Inode.ROOT.value());
    for (String part : path.isEmpty() ? new String[0] : path.split("/")) {
      Child child = node.children.get(part);
      if (child == null) {
        throw new IllegalArgumentException("no " + path);
      }
      node = node(child.inode().value());
    }
    return node;
  }

  private Node node(long inode) {
    Node node = nodes.get(inode);
    if (node == null) {
      throw new IllegalArgumentException("no inode " + inode);
    }
    return node;
  }

  private static String parentOf(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  // ---- the view

  private Node find(Inode inode) throws RealizeException {
    Node node = nodes.get(inode.value());
    if (node == null) {
      throw new RealizeException.NotFound("inode " + inode);
    }
    return node;
  }

  private Node findDirectory(Inode inode) throws RealizeException {
    Node node = find(inode);
    if (node.kind != FileKind.DIRECTORY) {
      throw new RealizeException.NotADirectory("inode " + inode);
    }
    return node;
  }

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    lock.lock();
    try {
      Child child = findDirectory(directory).children.get(name);
      if (child == null) {
        throw new RealizeException.NotFound("name " + name);
      }
      return find(child.inode()).stat();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    lock.lock();
    try {
      if (inode.equals(Inode.ROOT) && rootChangesWhenAsked) {
        rootChangesWhenAsked = false;
        listeners.forEach(listener -> listener.attributesChanged(inode));
        awaitNotice();
      }
      return find(inode).stat();
    } finally {
      lock.unlock();
    }
  }

  /** Gives a notice the time to overtake the answer. A driver that holds it back is right, too. */
  private void awaitNotice() {
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(NOTICE_MILLIS);
      while (nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    lock.lock();
    try {
      return find(inode).parent;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    lock.lock();
    try {
      Node node = find(inode);
      if (node.kind != FileKind.LINK) {
        throw new RealizeException.Invalid("inode " + inode + " is no link");
      }
      return node.target;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    lock.lock();
    try {
      Node node = findDirectory(directory);
      List<DirectoryEntry> entries = new ArrayList<>();
      for (Map.Entry<Long, String> name : node.names.tailMap(cursor, false).entrySet()) {
        if (entries.size() == maxEntries) {
          break;
        }
        Child child = node.children.get(name.getValue());
        if (child == null) {
          throw new IllegalStateException("name without child");
        }
        entries.add(new DirectoryEntry(name.getKey(), name.getValue(), find(child.inode()).stat()));
      }
      return entries;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    lock.lock();
    try {
      Node node = find(inode);
      return switch (node.kind) {
        case FILE -> new Opened(node);
        case DIRECTORY -> throw new RealizeException.IsADirectory("inode " + inode);
        default -> throw new RealizeException.Invalid("inode " + inode + " is no file");
      };
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String name) throws RealizeException {
    lock.lock();
    try {
      return Optional.ofNullable(find(inode).attributes.get(name));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Capacity capacity() {
    return new Capacity(4096, 1_000_000, 600_000, 500_000, 123_456, 100_000);
  }

  @Override
  public void addListener(ViewListener listener) {
    listeners.add(listener);
  }

  private final class Opened implements OpenFile {

    private static final long DEADLINE_SECONDS = 30;

    private final Node node;
    private final Pages pages;
    private boolean closed; // guarded by lock

    Opened(Node node) {
      this.node = node;
      this.pages = node.pages;
      openFiles.incrementAndGet();
    }

    @Override
    public long sizeBytes() {
      return node.openSize < 0 ? node.size : node.openSize;
    }

    @Override
    public Pages pages() {
      return pages;
    }

    @Override
    public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
      lock.lock();
      try {
        if (node.held) {
          return WOULD_WAIT;
        }
        checkTrouble();
      } finally {
        lock.unlock();
      }
      return pattern(offsetBytes, destination);
    }

    private int pattern(long offsetBytes, ByteBuffer destination) {
      reads.incrementAndGet();
      return Pattern.fill(node.seed, sizeBytes(), offsetBytes, destination);
    }

    private void checkTrouble() throws RealizeException {
      switch (node.trouble) {
        case NONE -> {}
        case UNREACHABLE -> throw new RealizeException.Unreachable("read: no peer has it");
        case CORRUPT -> throw new RealizeException.Corrupt("read: bytes differ from their hash");
        case BUG -> throw new IllegalStateException("a bug in the view");
      }
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination)
        throws RealizeException, InterruptedException {
      lock.lock();
      waiting.incrementAndGet();
      try {
        long nanos = TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (node.held) {
          if (nanos <= 0) {
            throw new RealizeException.TimedOut("read: no peer answered");
          }
          nanos = changed.awaitNanos(nanos);
        }
        checkTrouble();
      } catch (InterruptedException e) {
        interrupted.incrementAndGet();
        throw e;
      } finally {
        waiting.decrementAndGet();
        lock.unlock();
      }
      return pattern(offsetBytes, destination);
    }

    @Override
    public Optional<Path> backing() {
      return Optional.ofNullable(node.backing);
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          openFiles.decrementAndGet();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
