package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.TimeSource;

/**
 * A {@link Disk} on the heap: sparse files, links, inode numbers, times from a {@link TimeSource},
 * a capacity, and power that can be cut. Thread-safe; everything below it is guarded by its
 * monitor.
 *
 * <p>{@link #powerOffAfter} lets that many effects happen. The next one is lost or done, never
 * durable, and it and all later operations fail with {@link PowerOffException} until {@link
 * #powerCut}. Then, of what was not forced:
 *
 * <ul>
 *   <li>each 4 KiB page is kept, lost, or torn into sectors of 512 bytes, independently of others;
 *   <li>each file's size, and its mode and times, are kept or lost, independently of its pages;
 *   <li>each operation on names is kept or lost, see {@link NameJournal}.
 * </ul>
 *
 * <p>Handles that were open fail for ever. What a user does through {@link #user} counts as no
 * effect and is just as little durable.
 */
public final class MemoryDisk implements Disk {

  private static final int PAGE_BYTES = SparseBytes.PAGE_BYTES;
  private static final long FILES = 1L << 40;

  /** File system types as the kernel numbers them. */
  public static final long EXT4 = 0xEF53;

  public static final long TMPFS = 0x0102_1994;

  /** A type whose inode numbers change with every mount. */
  public static final long FUSE = 0x6573_5546;

  /** A file system that can be mounted in the disk. */
  public static final class Volume {
    private final MemoryTree.Volume volume;

    private Volume(MemoryTree.Volume volume) {
      this.volume = volume;
    }
  }

  private final MemoryTree tree;
  private final PageRoom room = new PageRoom();
  private final Set<Ability> lacked = EnumSet.noneOf(Ability.class);
  private int epoch;
  private boolean off;
  private long effectsLeft = Long.MAX_VALUE;
  private long effects;
  private long failuresLeft = Long.MAX_VALUE;
  private @Nullable IOException nextFailure;
  private long actionLeft = Long.MAX_VALUE;
  private Runnable nextAction = () -> {};
  private final Map<RelativePath, String> unreadable = new HashMap<>();

  /** By file key. */
  private final Map<Long, Long> badBytes = new HashMap<>();

  /** A disk of 1 TiB. */
  public MemoryDisk(TimeSource time) {
    this(time, 1L << 40, 1);
  }

  public MemoryDisk(TimeSource time, long capacityBytes, long device) {
    this.tree = new MemoryTree(time, room, device, EXT4);
    room.capacity = capacityBytes / PAGE_BYTES;
  }

  /** An ability that a file system may not have. */
  public enum Ability {
    EXCHANGE,
    RENAME_NEW,
    LINK,
    /** It can say whether a file is open for writing. */
    LEASE,
    /** Its changed pages can be written back. */
    WRITE_BACK
  }

  /** Makes this a file system without some abilities, and with all others. */
  public synchronized void lacks(Ability... abilities) {
    lacked.clear();
    lacked.addAll(List.of(abilities));
  }

  /** Lets the modes of directories count, as for a process that is not root. */
  public synchronized void unprivileged() {
    tree.isUnprivileged = true;
  }

  private void require(Ability ability, RelativePath path) throws IOException {
    checkPower();
    if (lacked.contains(ability)) {
      throw new NotSupportedException(path.toString(), ability.toString());
    }
  }

  /** What a user does to the files. */
  public UserFiles user() {
    return new MemoryUserFiles(this, tree, room);
  }

  /** A new empty file system; with the disk's own device number and type it is a bind mount. */
  public synchronized Volume volume(long device, long type) {
    return new Volume(tree.volume(device, type));
  }

  /** Mounts a volume on a directory, the root included, under a new mount id. */
  public synchronized void mount(String path, Volume volume) throws IOException {
    tree.mount(RelativePath.of(path), volume.volume);
  }

  /** Mounts the file system of the root again, under a new mount id; nothing is lost by it. */
  public synchronized void remount() {
    tree.remount();
  }

  public synchronized void unmount(String path) throws IOException {
    tree.unmount(RelativePath.of(path));
  }

  /** Changes the capacity, below what is used also: then nothing more fits. */
  public synchronized void capacity(long bytes) {
    room.capacity = bytes / PAGE_BYTES;
  }

  /** Lets every stat of {@code path} fail, until {@link #readable}. */
  public synchronized void unreadable(RelativePath path, String cause) {
    unreadable.put(path, cause);
  }

  /** Ends {@link #unreadable}. */
  public synchronized void readable(RelativePath path) {
    unreadable.remove(path);
  }

  /** Lets every read of this byte of the file fail. */
  public synchronized void badByte(RelativePath path, long offset) throws IOException {
    badBytes.put(tree.get(path).fileKey, offset);
  }

  /** Changes of state that the program made so far. */
  public synchronized long effects() {
    return effects;
  }

  /** Lets {@code count} more effects happen, then turns the power off. */
  public synchronized void powerOffAfter(long count) {
    effectsLeft = count;
  }

  /** Lets {@code count} more effects happen, and the one after them fail and not happen. */
  public synchronized void failAfter(long count, IOException failure) {
    failuresLeft = count;
    nextFailure = failure;
  }

  /** Runs {@code action} in the middle of the effect after {@code count} more. */
  public synchronized void runAfter(long count, Runnable action) {
    actionLeft = count;
    nextAction = action;
  }

  /** Turns the power off and on again: what was not durable is kept, lost or torn. */
  public synchronized void powerCut(RandomGenerator random) {
    off = false;
    effectsLeft = Long.MAX_VALUE;
    epoch++;
    // The first values of java.util.Random hardly differ between small seeds.
    room.used = tree.powerCut(new SplittableRandom(random.nextLong()));
  }

  /** The process dies: its handles end, the power may come back, and nothing is lost. */
  public synchronized void kill() {
    off = false;
    effectsLeft = Long.MAX_VALUE;
    epoch++;
    room.used = tree.closeHandles();
  }

  /** Makes everything durable, as sync(2). */
  public synchronized void forceAll() throws IOException {
    perform(tree::forceAll);
  }

  @Override
  public synchronized void forceFileSystem(RelativePath directory) throws IOException {
    perform(() -> tree.force(tree.listable(directory).mount().volume()));
  }

  private void checkPower() throws PowerOffException {
    if (off) {
      throw new PowerOffException();
    }
  }

  /** An effect of the program. */
  @FunctionalInterface
  public interface Effect {
    void happen() throws IOException;
  }

  /** An effect on something else of the same machine, which counts as one on this disk. */
  public synchronized void alongside(Effect effect) throws IOException {
    perform(effect);
  }

  private void perform(Effect effect) throws IOException {
    count();
    effect.happen();
    checkPower();
  }

  private void performForce(Effect effect) throws IOException {
    count();
    checkPower();
    effect.happen();
  }

  private void count() throws IOException {
    checkPower();
    effects++;
    IOException failure = failuresLeft-- == 0 ? nextFailure : null;
    if (failure != null) {
      throw failure;
    }
    off = effectsLeft-- == 0;
    if (actionLeft-- == 0) {
      nextAction.run();
    }
  }

  @Override
  public synchronized Listing list(RelativePath directory) throws IOException {
    checkPower();
    MemoryItem.Directory found = tree.directory(directory);
    return new Listing(List.copyOf(found.names.keySet()), List.copyOf(found.undecodable));
  }

  @Override
  public synchronized Entries entries(RelativePath directory) throws IOException {
    checkPower();
    MemoryItem.Directory found = tree.directory(directory);
    MemoryTree.Found listed = tree.listable(directory);
    List<Entry> entries = new ArrayList<>();
    List<Unreadable> refused = new ArrayList<>();
    found.names.forEach((name, item) -> {
      String cause = unreadable.get(directory.child(name));
      if (cause != null) {
        refused.add(new Unreadable(name, cause));
      } else {
        entries.add(
            new Entry(name, tree.through(item, listed.mount()).stat(), item.allocatedBytes()));
      }
    });
    return new Entries(listed.stat(), entries, List.copyOf(found.undecodable), refused);
  }

  @Override
  public synchronized Optional<FileStat> stat(RelativePath path) throws IOException {
    checkPower();
    String cause = unreadable.get(path);
    if (cause != null) {
      throw new FileSystemException(path.toString(), null, cause);
    }
    try {
      return Optional.ofNullable(tree.locate(path)).map(MemoryTree.Found::stat);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public synchronized long fileSystemType(RelativePath directory) throws IOException {
    checkPower();
    return tree.listable(directory).mount().volume().type;
  }

  @Override
  public synchronized DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    checkPower();
    if (mode == OpenMode.CREATE_NEW) {
      MemoryItem.File file = new MemoryItem.File(tree.nextFileKey(), tree.now(0600));
      perform(() -> tree.add(path, file));
      return new Handle(path, new MemoryTree.Found(file, tree.place(path).mount()), mode);
    }
    MemoryItem item = tree.get(path);
    if (item instanceof MemoryItem.File) {
      MemoryTree.Found found = new MemoryTree.Found(item, tree.place(path).mount());
      return new Handle(path, found, mode);
    }
    throw new FileSystemException(path.toString(), null, "not a regular file");
  }

  @Override
  public synchronized String readLink(RelativePath path) throws IOException {
    checkPower();
    if (tree.get(path) instanceof MemoryItem.Link link) {
      return link.target;
    }
    throw new NotLinkException(path.toString());
  }

  @Override
  public synchronized void createDirectory(RelativePath path) throws IOException {
    perform(() -> tree.add(path, new MemoryItem.Directory(tree.nextFileKey(), tree.now(0700))));
  }

  /** There are neither groups nor ACLs here. */
  @Override
  public synchronized List<String> createDirectoryLike(RelativePath path, RelativePath model)
      throws IOException {
    checkPower();
    tree.listable(model);
    createDirectory(path);
    return List.of();
  }

  @Override
  public synchronized void createLink(RelativePath path, String target) throws IOException {
    perform(() -> tree.add(path, new MemoryItem.Link(tree.nextFileKey(), tree.now(0777), target)));
  }

  @Override
  public synchronized void setAttributes(RelativePath path, int mode, FileTime mtime)
      throws IOException {
    checkPower();
    MemoryItem item = tree.get(path);
    switch (item) {
      case MemoryItem.Directory _ -> perform(() -> tree.changed(item, mode, mtime));
      case MemoryItem.Link _ -> perform(() -> tree.changed(item, item.attributes.mode(), mtime));
      case MemoryItem.File _, MemoryItem.Other _ ->
          throw new FileSystemException(path.toString(), null, "neither directory nor link");
    }
  }

  @Override
  public synchronized void delete(RelativePath path) throws IOException {
    perform(() -> tree.remove(path));
  }

  @Override
  public synchronized void deleteDirectory(RelativePath path) throws IOException {
    perform(() -> tree.removeDirectory(path));
  }

  @Override
  public synchronized void rename(RelativePath source, RelativePath target) throws IOException {
    perform(() -> tree.rename(source, target));
  }

  @Override
  public synchronized Optional<FileStat> renameNew(RelativePath source, RelativePath target)
      throws IOException {
    checkPower();
    if (tree.find(target) != null) {
      throw new FileAlreadyExistsException(target.toString());
    }
    require(Ability.RENAME_NEW, target);
    rename(source, target);
    return Optional.ofNullable(tree.locate(target)).map(MemoryTree.Found::stat);
  }

  @Override
  public synchronized void exchange(RelativePath one, RelativePath other) throws IOException {
    require(Ability.EXCHANGE, other);
    perform(() -> tree.exchange(one, other));
  }

  @Override
  public synchronized void link(RelativePath existing, RelativePath name) throws IOException {
    require(Ability.LINK, name);
    MemoryItem file = tree.get(existing);
    if (file instanceof MemoryItem.Directory) {
      throw new FileSystemException(existing.toString(), null, "is a directory");
    }
    perform(() -> tree.add(name, file));
  }

  @Override
  public synchronized void forceFile(RelativePath path) throws IOException {
    checkPower();
    if (!(tree.get(path) instanceof MemoryItem.File file)) {
      throw new FileSystemException(path.toString(), null, "not a regular file");
    }
    performForce(file::force);
  }

  @Override
  public synchronized void forceDirectory(RelativePath directory) throws IOException {
    performForce(() -> tree.force(tree.directory(directory)));
  }

  @Override
  public synchronized DiskUsage usage(RelativePath directory) throws IOException {
    checkPower();
    long free = Math.max(0, room.capacity - room.used) * PAGE_BYTES;
    return new DiskUsage(PAGE_BYTES, room.capacity * PAGE_BYTES, free, free, FILES, FILES);
  }

  /** Pages in use, against the capacity. */
  private static final class PageRoom implements SparseBytes.Room {
    long capacity;
    long used;

    @Override
    public void take(int pages) throws DiskFullException {
      if (used + pages > capacity) {
        throw new DiskFullException("no space left on device");
      }
      used += pages;
    }

    @Override
    public void give(int pages) {
      used -= pages;
    }
  }

  /** An open file; guarded by the disk's monitor. */
  private final class Handle implements DiskFile {
    private final RelativePath path;
    private final MemoryTree.Found found;
    private final MemoryItem.File file;
    private final boolean writable;
    private final boolean isNoticed;
    private final FileStat opened;
    private final int openedIn = epoch;
    private boolean closed;

    Handle(RelativePath path, MemoryTree.Found found, OpenMode mode) {
      this.path = path;
      this.found = found;
      this.file = (MemoryItem.File) found.item();
      this.writable = mode == OpenMode.UPDATE || mode == OpenMode.CREATE_NEW;
      this.isNoticed = mode != OpenMode.READ_UNNOTICED;
      this.opened = found.stat();
      file.handles++;
      file.writers += writable ? 1 : 0;
    }

    private void check() throws IOException {
      checkPower();
      if (closed || openedIn != epoch) {
        throw new FileSystemException(path.toString(), null, "the file is closed");
      }
    }

    private void checkWritable() throws IOException {
      check();
      if (!writable) {
        throw new FileSystemException(path.toString(), null, "the file is open for reading");
      }
    }

    @Override
    public int read(ByteBuffer destination, long offsetBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        Long bad = badBytes.get(file.fileKey);
        if (bad != null && bad >= offsetBytes && bad < offsetBytes + destination.remaining()) {
          throw new IOException("read: input/output error");
        }
        if (isNoticed) {
          tree.read(file);
        }
        return file.bytes.read(destination, offsetBytes);
      }
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        checkWritable();
        perform(() -> {
          tree.modified(file);
          file.bytes.write(source, offsetBytes, room);
        });
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        checkWritable();
        perform(() -> {
          tree.modified(file);
          file.bytes.truncate(sizeBytes, room);
        });
      }
    }

    @Override
    public void discard(long startBytes, long endBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        checkWritable();
        perform(() -> file.bytes.discard(startBytes, endBytes, room));
      }
    }

    /** Counts the room as if the bytes were copied. */
    @Override
    public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        checkWritable();
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(endBytes - startBytes));
        if (source.read(bytes, startBytes) < bytes.capacity()) {
          return false;
        }
        perform(() -> {
          tree.modified(file);
          file.bytes.write(bytes.flip(), startBytes, room);
        });
        return true;
      }
    }

    @Override
    public OpenState openForWriting() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        if (lacked.contains(Ability.LEASE)) {
          return OpenState.UNKNOWN;
        }
        return file.writers + file.held > 0 ? OpenState.OPEN : OpenState.CLOSED;
      }
    }

    @Override
    public OpenState openByAnyone() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        if (lacked.contains(Ability.LEASE)) {
          return OpenState.UNKNOWN;
        }
        return file.handles - 1 + file.held > 0 ? OpenState.OPEN : OpenState.CLOSED;
      }
    }

    @Override
    public long lastReadNanos() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        return file.readNanos;
      }
    }

    @Override
    public boolean writeBack() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        boolean can = !lacked.contains(Ability.WRITE_BACK);
        file.hasStores &= !can;
        return can;
      }
    }

    @Override
    public void setAttributes(int mode, FileTime mtime) throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        if (file.attributes.mode() != mode) {
          perform(() -> tree.changed(file, mode, file.attributes.mtime()));
        }
        perform(() -> tree.changed(file, mode, mtime));
      }
    }

    @Override
    public List<String> takeAttributes(DiskFile source) throws IOException {
      FileStat stat = source.stat();
      setAttributes(stat.mode(), stat.mtime());
      return List.of();
    }

    @Override
    public long nextData(long offsetBytes) throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        return file.bytes.nextData(offsetBytes);
      }
    }

    @Override
    public long sizeBytes() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        return file.sizeBytes();
      }
    }

    @Override
    public long allocatedBytes() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        return file.allocatedBytes();
      }
    }

    @Override
    public FileStat opened() {
      return opened;
    }

    @Override
    public FileStat stat() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        return found.stat();
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (MemoryDisk.this) {
        check();
        performForce(file::force);
      }
    }

    @Override
    public void close() {
      synchronized (MemoryDisk.this) {
        if (!closed && openedIn == epoch) {
          file.handles--;
          file.writers -= writable ? 1 : 0;
          tree.release(file);
        }
        closed = true;
      }
    }
  }
}
