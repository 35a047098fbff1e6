package org.realize.fuse;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.MemoryNode.MemoryName;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Capacity;
import org.realize.sync.view.Created;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;
import org.realize.sync.view.ViewListener;

/**
 * An editable view on the heap, with the behaviour of ext4: the twin for tests of the drivers'
 * writing. It leaves out what the kernel checks before it asks. Guarded by one lock.
 */
final class MemoryFileSystem implements EditableView {

  private static final int O_EXCL = 0200;
  private static final int SET_GID = 02000;
  private static final String ACCESS_ACL = "system.posix_acl_access";
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 16;
  private static final int MAX_NAME_BYTES = 255;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Inode, MemoryNode> nodes = new HashMap<>();
  private final List<ViewListener> listeners = new CopyOnWriteArrayList<>();
  private final @Nullable Path disk;
  private long lastInode = 1;
  private int openFiles;
  private int writes;
  private long freeBytes = 1L << 40; // guarded by lock
  private final Map<String, Duration> delayed = new ConcurrentHashMap<>();

  MemoryFileSystem() {
    this(null);
  }

  /**
   * An empty file system.
   *
   * @param disk where regular files have their bytes, if not on the heap
   */
  MemoryFileSystem(@Nullable Path disk) {
    this.disk = disk;
    FileOwner owner = new FileOwner(0, 0);
    MemoryNode root = new MemoryNode(Inode.ROOT, FileKind.DIRECTORY, 0, 0755, owner, null);
    root.links = 2;
    nodes.put(Inode.ROOT, root);
  }

  /** A part of a call under the lock. */
  private interface Locked<T> {
    T run() throws RealizeException;
  }

  /** A change under the lock. */
  private interface LockedChange {
    void run() throws RealizeException;
  }

  private void locking(LockedChange change) throws RealizeException {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Locked<T> call) throws RealizeException {
    lock.lock();
    try {
      return call.run();
    } finally {
      lock.unlock();
    }
  }

  // ---- what tests do to it

  /** Lets each look-up of {@code name} take {@code delay} longer from now on. */
  void delayLookup(String name, Duration delay) {
    delayed.put(name, delay);
  }

  int openFiles() {
    lock.lock();
    try {
      return openFiles;
    } finally {
      lock.unlock();
    }
  }

  /** The number of writes so far. */
  int writes() {
    lock.lock();
    try {
      return writes;
    } finally {
      lock.unlock();
    }
  }

  /** Lets that many more bytes be written until the disk is full. */
  void free(long bytes) {
    lock.lock();
    try {
      freeBytes = bytes;
    } finally {
      lock.unlock();
    }
  }

  /** Notifies listeners of a name that something else than the mount has changed. */
  void tellEntry(EntryName at) {
    listeners.forEach(listener -> listener.entryChanged(at.directory(), at.name()));
  }

  /** As the other, where it is known which inodes the name showed and shows. */
  void tellEntry(EntryName at, @Nullable Inode before, @Nullable Inode after) {
    listeners.forEach(listener -> listener.entryChanged(at, before, after));
  }

  void tellMove(EntryName from, EntryName to, Inode inode) {
    listeners.forEach(ViewListener::began);
    tellEntry(from, inode, null);
    tellEntry(to, null, inode);
    listeners.forEach(ViewListener::ended);
  }

  void tellAttributes(Inode inode) {
    listeners.forEach(listener -> listener.attributesChanged(inode));
  }

  @Override
  public String pathOf(Inode inode) throws RealizeException {
    return locked(() -> path(Inode.ROOT, "", inode));
  }

  private String path(Inode directory, String above, Inode wanted) throws RealizeException {
    for (MemoryNode.MemoryName child : directory(directory).names.values()) {
      String path = above + child.name();
      if (child.node().inode.equals(wanted)) {
        return path;
      }
      if (child.node().kind == FileKind.DIRECTORY) {
        try {
          return path(child.node().inode, path + "/", wanted);
        } catch (NotFound elsewhere) {
          // in one of the others
        }
      }
    }
    throw new NotFound("inode " + wanted);
  }

  void tellContent(Inode inode) {
    listeners.forEach(listener -> listener.contentChanged(inode));
  }

  // ---- reading

  private MemoryNode node(Inode inode) throws CallFailed {
    MemoryNode node = nodes.get(inode);
    if (node == null) {
      throw new CallFailed("inode " + inode, Errno.ESTALE);
    }
    return node;
  }

  private MemoryNode directory(Inode inode) throws RealizeException {
    MemoryNode node = node(inode);
    if (node.kind != FileKind.DIRECTORY) {
      throw new NotADirectory("inode " + inode);
    }
    return node;
  }

  private @Nullable MemoryNode child(EntryName at) throws RealizeException {
    if (at.name().getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw new CallFailed(at.name(), Errno.ENAMETOOLONG);
    }
    MemoryNode directory = directory(at.directory());
    Long cursor = directory.cursors.get(at.name());
    MemoryName found = cursor == null ? null : directory.names.get(cursor);
    return found == null ? null : found.node();
  }

  private MemoryNode present(EntryName at) throws RealizeException {
    MemoryNode node = child(at);
    if (node == null) {
      throw new NotFound("name " + at);
    }
    return node;
  }

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    LockSupport.parkNanos(delayed.getOrDefault(name, Duration.ZERO).toNanos());
    return locked(() -> present(new EntryName(directory, name)).stat());
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    return locked(() -> node(inode).stat());
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    return locked(() -> node(inode).parent);
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    return locked(() -> new String(node(inode).target, StandardCharsets.UTF_8));
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    return locked(() -> {
      List<DirectoryEntry> entries = new ArrayList<>();
      for (Map.Entry<Long, MemoryName> name :
          directory(directory).names.tailMap(cursor, false).entrySet()) {
        if (entries.size() == maxEntries) {
          break;
        }
        MemoryName found = name.getValue();
        entries.add(new DirectoryEntry(name.getKey(), found.name(), found.node().stat()));
      }
      return entries;
    });
  }

  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    return open(inode, new OpenFlags(0), new Caller(0, 0, 0));
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String name) throws RealizeException {
    return locked(() -> Optional.ofNullable(node(inode).attributes.get(name)));
  }

  @Override
  public List<String> attributeNames(Inode inode) throws RealizeException {
    return locked(() -> List.copyOf(node(inode).attributes.keySet()));
  }

  @Override
  public Capacity capacity() {
    return new Capacity(4096, 1_000_000, 600_000, 500_000, 123_456, 100_000);
  }

  @Override
  public Capacity capacity(Inode inode) {
    return capacity();
  }

  @Override
  public void addListener(ViewListener listener) {
    listeners.add(listener);
  }

  // ---- names

  private MemoryNode make(
      MemoryNode directory, FileKind kind, int device, NewMode mode, Caller caller) {
    boolean inheritsGroup = (directory.mode & SET_GID) != 0;
    boolean isDirectory = kind == FileKind.DIRECTORY;
    int gid = inheritsGroup ? directory.owner.gid() : caller.gid();
    int bits = (mode.bits() & ~mode.umask()) | (inheritsGroup && isDirectory ? SET_GID : 0);
    Inode inode = new Inode(++lastInode);
    FileOwner owner = new FileOwner(caller.uid(), gid);
    NodeContent content = kind == FileKind.FILE ? content(inode) : null;
    MemoryNode node = new MemoryNode(inode, kind, device, bits, owner, content);
    nodes.put(inode, node);
    return node;
  }

  private NodeContent content(Inode inode) {
    return disk == null ? new PagedContent() : new DiskContent(disk, String.valueOf(inode.value()));
  }

  private MemoryNode make(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    requireFree(at);
    MemoryNode directory = directory(at.directory());
    if (directory.links == 0) {
      throw new NotFound("directory of " + at);
    }
    MemoryNode node = make(directory, kind, device, mode, caller);
    add(directory, at.name(), node);
    return node;
  }

  private void requireFree(EntryName at) throws RealizeException {
    if (child(at) != null) {
      throw new CallFailed("name " + at, Errno.EEXIST);
    }
  }

  private static void add(MemoryNode directory, String name, MemoryNode node) {
    directory.put(name, node);
    node.links++;
    node.changed = directory.changed;
    if (node.kind == FileKind.DIRECTORY) {
      directory.subdirectories++;
    }
  }

  /** Takes a name away from its node, which may end. */
  private void leave(MemoryNode directory, MemoryNode node) {
    node.links = node.kind == FileKind.DIRECTORY ? 0 : node.links - 1;
    node.changed = MemoryNode.now();
    if (node.kind == FileKind.DIRECTORY) {
      directory.subdirectories--;
    }
    endIfUnused(node);
  }

  private void endIfUnused(MemoryNode node) {
    if (node.links == 0 && node.opened == 0 && node.kind != FileKind.DIRECTORY) {
      nodes.remove(node.inode);
      if (node.kind == FileKind.FILE) {
        node.content().close();
      }
    }
  }

  @Override
  public Attributes makeNode(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    return locked(() -> make(at, kind, device, mode, caller).stat());
  }

  @Override
  public Attributes makeDirectory(EntryName at, NewMode mode, Caller caller)
      throws RealizeException {
    return locked(() -> make(at, FileKind.DIRECTORY, 0, mode, caller).stat());
  }

  @Override
  public Attributes makeLink(EntryName at, String target, Caller caller) throws RealizeException {
    return locked(() -> {
      MemoryNode link = make(at, FileKind.LINK, 0, new NewMode(0777, 0), caller);
      link.target = target.getBytes(StandardCharsets.UTF_8);
      return link.stat();
    });
  }

  @Override
  public Attributes link(Inode inode, EntryName at, Caller caller) throws RealizeException {
    return locked(() -> {
      MemoryNode node = node(inode);
      if (node.kind == FileKind.DIRECTORY) {
        throw new CallFailed("link of a directory", Errno.EPERM);
      }
      requireFree(at);
      add(directory(at.directory()), at.name(), node);
      return node.stat();
    });
  }

  @Override
  public void remove(EntryName at, Caller caller) throws RealizeException {
    locking(() -> {
      MemoryNode node = present(at);
      if (node.kind == FileKind.DIRECTORY) {
        throw new IsADirectory("remove " + at);
      }
      removeName(at, node);
    });
  }

  @Override
  public void removeDirectory(EntryName at, Caller caller) throws RealizeException {
    locking(() -> {
      MemoryNode node = present(at);
      requireEmpty(node);
      removeName(at, node);
    });
  }

  private static void requireEmpty(MemoryNode directory) throws RealizeException {
    if (directory.kind != FileKind.DIRECTORY) {
      throw new NotADirectory("inode " + directory.inode);
    }
    if (!directory.names.isEmpty()) {
      throw new CallFailed("inode " + directory.inode, Errno.ENOTEMPTY);
    }
  }

  private void removeName(EntryName at, MemoryNode node) throws RealizeException {
    MemoryNode directory = directory(at.directory());
    directory.remove(at.name());
    leave(directory, node);
  }

  @Override
  public void rename(EntryName from, EntryName to, RenameKind kind, Caller caller)
      throws RealizeException {
    locking(() -> {
      MemoryNode moved = present(from);
      MemoryNode old = child(to);
      requireOutside(moved, to.directory());
      switch (kind) {
        case NEW -> {
          requireFree(to);
          move(from, to, moved, null);
        }
        case EXCHANGE -> exchange(from, to, moved, present(to));
        case REPLACE -> {
          if (old != moved) {
            requireReplaceable(moved, old);
            move(from, to, moved, old);
          }
        }
      }
    });
  }

  private void requireOutside(MemoryNode moved, Inode directory) throws RealizeException {
    for (Inode at = directory; !at.equals(Inode.ROOT); at = node(at).parent) {
      if (at.equals(moved.inode)) {
        throw new RealizeException.Invalid("rename into itself");
      }
    }
  }

  private static void requireReplaceable(MemoryNode moved, @Nullable MemoryNode old)
      throws RealizeException {
    if (old == null) {
      return;
    }
    boolean isDirectory = old.kind == FileKind.DIRECTORY;
    if (isDirectory && moved.kind != FileKind.DIRECTORY) {
      throw new IsADirectory("inode " + old.inode);
    }
    if (!isDirectory && moved.kind == FileKind.DIRECTORY) {
      throw new NotADirectory("inode " + old.inode);
    }
    if (isDirectory) {
      requireEmpty(old);
    }
  }

  private void move(EntryName from, EntryName to, MemoryNode moved, @Nullable MemoryNode old)
      throws RealizeException {
    MemoryNode source = directory(from.directory());
    MemoryNode target = directory(to.directory());
    if (target.links == 0) {
      throw new NotFound("directory of " + to);
    }
    source.remove(from.name());
    if (old == null) {
      target.put(to.name(), moved);
    } else {
      target.replace(to.name(), moved);
      leave(target, old);
    }
    if (moved.kind == FileKind.DIRECTORY) {
      source.subdirectories--;
      target.subdirectories++;
    }
    moved.changed = MemoryNode.now();
  }

  private void exchange(EntryName from, EntryName to, MemoryNode moved, MemoryNode other)
      throws RealizeException {
    requireOutside(other, from.directory());
    MemoryNode source = directory(from.directory());
    MemoryNode target = directory(to.directory());
    source.replace(from.name(), other);
    target.replace(to.name(), moved);
    int moves = moved.kind == FileKind.DIRECTORY ? 1 : 0;
    int comes = other.kind == FileKind.DIRECTORY ? 1 : 0;
    source.subdirectories += comes - moves;
    target.subdirectories += moves - comes;
    moved.changed = MemoryNode.now();
    other.changed = moved.changed;
  }

  // ---- attributes

  @Override
  public Attributes change(
      Inode inode, @Nullable OpenFile open, AttributeChange change, Caller caller)
      throws RealizeException {
    return locked(() -> {
      MemoryNode node = node(inode);
      node.changed = MemoryNode.now();
      if (change.dropsSetId()) {
        node.dropSetId();
      }
      if (change.mode() != null) {
        node.mode = change.mode();
      }
      FileOwner owner = change.owner();
      node.owner =
          new FileOwner(
              owner.uid() < 0 ? node.owner.uid() : owner.uid(),
              owner.gid() < 0 ? node.owner.gid() : owner.gid());
      if (change.sizeBytes() != null) {
        node.content().resize(change.sizeBytes());
      }
      node.accessed = time(change.accessed(), node.accessed, node.changed);
      if (!change.modified().equals(TimeChange.STAYS)) {
        node.setModified(time(change.modified(), node.modified(), node.changed));
      }
      return node.stat();
    });
  }

  private static FileTime time(TimeChange change, FileTime before, FileTime now) {
    return switch (change) {
      case TimeChange.Stays() -> before;
      case TimeChange.Now() -> now;
      case TimeChange.To(FileTime time) -> time;
    };
  }

  @Override
  public void force(Inode directory) throws RealizeException {
    locked(() -> directory(directory));
  }

  @Override
  public void setAttribute(
      Inode inode, String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException {
    locking(() -> {
      MemoryNode node = node(inode);
      boolean isThere = node.attributes.containsKey(name);
      if (name.equals(ACCESS_ACL)) {
        node.setMask(value);
      } else if (name.startsWith("system.")) {
        throw new CallFailed("setxattr " + name, Errno.EOPNOTSUPP);
      }
      if (setting == AttributeSetting.NEW && isThere) {
        throw new CallFailed("setxattr " + name, Errno.EEXIST);
      }
      if (setting == AttributeSetting.EXISTING && !isThere) {
        throw new CallFailed("setxattr " + name, Errno.ENODATA);
      }
      node.attributes.put(name, value.clone());
      node.changed = MemoryNode.now();
    });
  }

  @Override
  public void removeAttribute(Inode inode, String name, Caller caller) throws RealizeException {
    locking(() -> {
      MemoryNode node = node(inode);
      if (node.attributes.remove(name) == null) {
        throw new CallFailed("removexattr " + name, Errno.ENODATA);
      }
      node.changed = MemoryNode.now();
    });
  }

  // ---- files

  @Override
  public OpenFile open(Inode inode, OpenFlags flags, Caller caller) throws RealizeException {
    return locked(() -> opened(node(inode), flags));
  }

  private OpenFile opened(MemoryNode node, OpenFlags flags) throws RealizeException {
    if (node.kind == FileKind.DIRECTORY) {
      throw new IsADirectory("inode " + node.inode);
    }
    if (flags.truncates()) {
      node.content().resize(0);
      node.changed = MemoryNode.now();
    }
    node.opened++;
    openFiles++;
    return new Opened(node);
  }

  @Override
  public Created create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return locked(() -> {
      MemoryNode node = child(at);
      if (node == null || (flags.bits() & O_EXCL) != 0) {
        node = make(at, FileKind.FILE, 0, mode, caller);
      }
      OpenFile file = opened(node, flags);
      return new Created(node.stat(), file);
    });
  }

  @Override
  public Created createNameless(Inode directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return locked(() -> {
      MemoryNode node = make(directory(directory), FileKind.FILE, 0, mode, caller);
      OpenFile file = opened(node, flags);
      return new Created(node.stat(), file);
    });
  }

  private final class Opened implements OpenFile {

    private final MemoryNode node;
    private boolean closed; // guarded by lock

    Opened(MemoryNode node) {
      this.node = node;
    }

    @Override
    public long sizeBytes() {
      lock.lock();
      try {
        return node.size();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
      return locked(() -> {
        int count = Math.clamp(node.size() - offsetBytes, 0, destination.remaining());
        node.read(offsetBytes, destination.limit(destination.position() + count));
        return count;
      });
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      return readNow(offsetBytes, destination);
    }

    @Override
    public Optional<Path> backing() {
      return Optional.empty();
    }

    @Override
    public Optional<Path> diskFile() {
      return node.content() instanceof DiskContent file
          ? Optional.of(file.path())
          : Optional.empty();
    }

    @Override
    public int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
      return locked(() -> {
        writes++;
        int wanted = source.remaining();
        int count = (int) Math.min(wanted, freeBytes);
        if (count == 0 && wanted > 0) {
          throw new RealizeException.DiskFull("write", null);
        }
        source.limit(source.position() + count);
        node.content().write(appends ? node.size() : offsetBytes, source);
        node.changed = MemoryNode.now();
        freeBytes -= count;
        return count;
      });
    }

    @Override
    public void dropSetId() throws RealizeException {
      locking(() -> {
        node.dropSetId();
      });
    }

    @Override
    public void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
      locking(() -> {
        if ((mode & ~(KEEP_SIZE | PUNCH_HOLE | ZERO_RANGE)) != 0) {
          throw new CallFailed("allocate " + mode, Errno.EOPNOTSUPP);
        }
        long end = offsetBytes + lengthBytes;
        if ((mode & (PUNCH_HOLE | ZERO_RANGE)) != 0) {
          long length = Math.min(end, node.size()) - offsetBytes;
          node.content().zero(offsetBytes, Math.max(0, length));
        }
        if ((mode & KEEP_SIZE) == 0 && end > node.size()) {
          node.content().resize(end);
        }
        node.setModified(MemoryNode.now());
        node.changed = node.modified();
      });
    }

    @Override
    public long copyFrom(OpenFile source, long sourceBytes, long offsetBytes, long lengthBytes)
        throws RealizeException {
      return locked(() -> {
        int count = (int) Math.min(lengthBytes, 1 << 20);
        ByteBuffer bytes = ByteBuffer.allocate(count);
        int read = ((Opened) source).readNow(sourceBytes, bytes);
        return read == 0 ? 0L : write(offsetBytes, bytes.flip(), false);
      });
    }

    @Override
    public long nextData(long offsetBytes) throws RealizeException {
      return locked(() -> {
        long found = offsetBytes < 0 ? -1 : node.content().nextData(offsetBytes);
        if (found < 0) {
          throw new CallFailed("seek", Errno.ENXIO);
        }
        return found;
      });
    }

    @Override
    public long nextHole(long offsetBytes) throws RealizeException {
      return locked(() -> {
        if (offsetBytes < 0 || offsetBytes >= node.size()) {
          throw new CallFailed("seek", Errno.ENXIO);
        }
        return node.content().nextHole(offsetBytes);
      });
    }

    @Override
    public void close() {
      lock.lock();
      try {
        if (!closed) {
          closed = true;
          openFiles--;
          node.opened--;
          endIfUnused(node);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
