package org.realize.store.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.realize.sync.model.FileTime;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.Syscalls;

/**
 * An open regular file. Thread-safe: the descriptor closes when the file is closed and the last
 * running call has ended, so that no call ever meets a descriptor that means another file.
 */
final class LocalFile implements DiskFile {

  private static final int CLOSED = 1 << 30;

  /** Of all names, or of one value: XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux. */
  private static final int MAX_EXTENDED_BYTES = 64 << 10;

  /** Answers of a file system that cannot share this range, or none at all. */
  private static final Set<Integer> NOT_SHARED =
      Set.of(-Errno.EOPNOTSUPP, -Errno.EINVAL, -Errno.ENOTTY, -Errno.EXDEV, -Errno.ENOSYS);

  /** Leases on an overlay say nothing of who has the file below open. */
  static final long OVERLAYFS = 0x794c7630L;

  /** tmpfs, ramfs and hugetlbfs. */
  private static final Set<Long> IN_MEMORY = Set.of(0x01021994L, 0x858458f6L, 0x958458f6L);

  /** Answers to a change of an attribute that this process or the file system cannot make. */
  private static final Set<Integer> NOT_CARRIED =
      Set.of(
          -Errno.EPERM,
          -Errno.EACCES,
          -Errno.EINVAL,
          -Errno.EOPNOTSUPP,
          -Errno.ENOSPC,
          -Errno.E2BIG,
          -Errno.ERANGE);

  private final String path;
  private final int descriptor;
  private final FileStat opened;
  private final TransferBuffers buffers;
  private final Consumer<LocalFile> onClosed;

  /**
   * Held by the one thread that writes: the kernel lets one write to a file at a time, and has the
   * others spin for their turn, each on a processor.
   */
  private final ReentrantLock writing = new ReentrantLock();

  /** The type of its file system; 0 until it is asked for. */
  private volatile long fileSystem;

  private volatile boolean hasNewAttributes;

  /** Running calls, plus {@link #CLOSED}. */
  private final AtomicInteger uses = new AtomicInteger();

  /**
   * An open file.
   *
   * @param onClosed called once its descriptor is closed
   */
  LocalFile(
      String path,
      int descriptor,
      FileStat opened,
      TransferBuffers buffers,
      Consumer<LocalFile> onClosed) {
    this.onClosed = onClosed;
    this.path = path;
    this.descriptor = descriptor;
    this.opened = opened;
    this.buffers = buffers;
  }

  private interface Use<T> {
    T run(Syscalls sys) throws IOException;
  }

  private <T> T use(Use<T> use) throws IOException {
    return with((sys, _) -> use.run(sys));
  }

  private void begin() throws IOException {
    int before;
    do {
      before = uses.get();
      if (before >= CLOSED) {
        throw new IOException(path + ": the file is closed", new ClosedChannelException());
      }
    } while (!uses.compareAndSet(before, before + 1));
  }

  private void end() {
    if (uses.decrementAndGet() == CLOSED) {
      closeDescriptor();
    }
  }

  /** A use of the descriptor, which stays open meanwhile. */
  interface DescriptorCall<T, E extends Exception> {
    T run(Syscalls sys, int descriptor) throws E;
  }

  /** Runs {@code use}; an {@link IOException} if the file is closed. */
  <T, E extends Exception> T with(DescriptorCall<T, E> use) throws IOException, E {
    begin();
    try (Syscalls sys = new Syscalls()) {
      return use.run(sys, descriptor);
    } finally {
      end();
    }
  }

  String path() {
    return path;
  }

  int descriptor() {
    return descriptor;
  }

  @Override
  public void close() {
    int before = uses.getAndUpdate(now -> now | CLOSED);
    if (before == 0) {
      closeDescriptor();
    }
  }

  private void closeDescriptor() {
    try (Syscalls sys = new Syscalls()) {
      sys.close(descriptor);
    }
    onClosed.accept(this);
  }

  @Override
  public int read(ByteBuffer destination, long offsetBytes) throws IOException {
    return use(sys ->
        destination.isDirect()
            ? readDirect(sys, destination, offsetBytes)
            : readHeap(sys, destination, offsetBytes));
  }

  private int readDirect(Syscalls sys, ByteBuffer destination, long offsetBytes)
      throws IOException {
    int total = 0;
    while (destination.hasRemaining()) {
      int read =
          check(
              sys.read(descriptor, MemorySegment.ofBuffer(destination), offsetBytes + total),
              "read");
      if (read == 0) {
        break;
      }
      destination.position(destination.position() + read);
      total += read;
    }
    return total;
  }

  private int readHeap(Syscalls sys, ByteBuffer destination, long offsetBytes) throws IOException {
    MemorySegment buffer = buffers.take();
    try {
      int total = 0;
      while (destination.hasRemaining()) {
        MemorySegment part =
            buffer.asSlice(0, Math.min(buffer.byteSize(), destination.remaining()));
        int read = check(sys.read(descriptor, part, offsetBytes + total), "read");
        if (read == 0) {
          break;
        }
        destination.put(part.asSlice(0, read).asByteBuffer());
        total += read;
      }
      return total;
    } finally {
      buffers.give(buffer);
    }
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    use(sys -> {
      if (source.isDirect()) {
        long offset = offsetBytes;
        while (source.hasRemaining()) {
          int written = writePart(sys, MemorySegment.ofBuffer(source), offset);
          source.position(source.position() + written);
          offset += written;
        }
      } else {
        writeHeap(sys, source, offsetBytes);
      }
      return descriptor;
    });
  }

  private void writeHeap(Syscalls sys, ByteBuffer source, long offsetBytes) throws IOException {
    MemorySegment buffer = buffers.take();
    try {
      long offset = offsetBytes;
      while (source.hasRemaining()) {
        int length = (int) Math.min(buffer.byteSize(), source.remaining());
        MemorySegment part = buffer.asSlice(0, length);
        part.asByteBuffer().put(source.slice(source.position(), length));
        int written = writePart(sys, part, offset);
        source.position(source.position() + written);
        offset += written;
      }
    } finally {
      buffers.give(buffer);
    }
  }

  private int writePart(Syscalls sys, MemorySegment part, long offsetBytes) throws IOException {
    int written;
    writing.lock();
    try {
      written = check(sys.write(descriptor, part, offsetBytes), "write");
    } finally {
      writing.unlock();
    }
    if (written == 0) {
      throw new IOException(path + ": write made no progress");
    }
    return written;
  }

  @Override
  public void truncate(long sizeBytes) throws IOException {
    use(sys -> check(sys.truncate(descriptor, sizeBytes), "truncate"));
  }

  @Override
  public void discard(long startBytes, long endBytes) throws IOException {
    use(sys -> {
      int result = sys.punch(descriptor, startBytes, endBytes - startBytes);
      return result == -Errno.EOPNOTSUPP ? 0 : check(result, "give back room");
    });
  }

  @Override
  public boolean share(DiskFile source, long startBytes, long endBytes) throws IOException {
    if (!(source instanceof LocalFile other)) {
      return false;
    }
    int result =
        other.use(_ ->
            use(sys ->
                sys.cloneRange(descriptor, other.descriptor, startBytes, endBytes - startBytes)));
    return !NOT_SHARED.contains(result) && check(result, "share room") == 0;
  }

  @Override
  public long nextData(long offsetBytes) throws IOException {
    return use(sys -> {
      long next = sys.seekData(descriptor, offsetBytes);
      if (next == -Errno.ENXIO) {
        check(sys.stat(descriptor, sys.text("")), "stat");
        return Math.max(offsetBytes, sys.stated().sizeBytes());
      }
      return next == -Errno.EINVAL ? offsetBytes : check(next, "find the next data");
    });
  }

  @Override
  public long sizeBytes() throws IOException {
    return stat().sizeBytes();
  }

  @Override
  public long allocatedBytes() throws IOException {
    return use(sys -> {
      check(sys.stat(descriptor, sys.text("")), "stat");
      return sys.statedBytes();
    });
  }

  @Override
  public FileStat opened() {
    return opened;
  }

  @Override
  public FileStat stat() throws IOException {
    return use(sys -> {
      check(sys.stat(descriptor, sys.text("")), "stat");
      return sys.stated();
    });
  }

  /** On overlayfs a lease is granted while a program has the file mapped for writing. */
  @Override
  public OpenState openForWriting() throws IOException {
    return use(sys -> openState(sys, sys.tryLease(descriptor)));
  }

  @Override
  public OpenState openByAnyone() throws IOException {
    return use(sys -> openState(sys, sys.tryWriteLease(descriptor)));
  }

  private OpenState openState(Syscalls sys, int lease) throws IOException {
    if (lease == -Errno.EAGAIN) {
      return OpenState.OPEN;
    }
    return lease < 0 || fileSystem(sys) == OVERLAYFS ? OpenState.UNKNOWN : OpenState.CLOSED;
  }

  @Override
  public long lastReadNanos() throws IOException {
    return use(sys -> {
      check(sys.stat(descriptor, sys.text("")), "stat");
      return sys.statedReadNanos();
    });
  }

  @Override
  public boolean writeBack() throws IOException {
    return use(sys -> {
      long fileSystem = fileSystem(sys);
      if (IN_MEMORY.contains(fileSystem)) {
        return false;
      }
      // the pages of a file on overlayfs belong to the file below, which only a sync reaches
      int result = fileSystem == OVERLAYFS ? sys.syncData(descriptor) : sys.writeBack(descriptor);
      return result != -Errno.ENOSYS && check(result, "write back") == 0;
    });
  }

  private long fileSystem(Syscalls sys) throws IOException {
    if (fileSystem == 0) {
      check(sys.fileSystem(descriptor), "ask for the file system");
      fileSystem = sys.figure(0);
    }
    return fileSystem;
  }

  @Override
  public void setAttributes(int mode, FileTime mtime) throws IOException {
    hasNewAttributes = true;
    use(sys -> {
      check(sys.setMode(descriptor, mode), "set the mode");
      return check(sys.setModified(descriptor, mtime), "set the time");
    });
  }

  @Override
  public List<String> takeAttributes(DiskFile source) throws IOException {
    if (!(source instanceof LocalFile other)) {
      throw new IllegalArgumentException("a file of another disk");
    }
    hasNewAttributes = true;
    return other.use(_ -> use(sys -> takeAttributes(sys, other.descriptor)));
  }

  /** Set-id bits are for the owner that they were set by, and only for that one. */
  private List<String> takeAttributes(Syscalls sys, int source) throws IOException {
    List<String> left = new ArrayList<>();
    check(sys.stat(source, sys.text("")), "stat");
    FileStat stat = sys.stated();
    int owner = sys.statedOwner();
    int group = sys.statedGroup();
    boolean isOwned = carry(sys.setOwner(descriptor, owner, group), "owner", left);
    if (!isOwned && sys.setOwner(descriptor, -1, group) < 0) {
      left.add("group");
    }
    takeExtended(sys, source, left);
    // after the owner, whose change clears bits
    carry(sys.setMode(descriptor, isOwned ? stat.mode() : stat.mode() & 0777), "mode", left);
    carry(sys.setModified(descriptor, stat.mtime()), "modification time", left);
    return left;
  }

  /** True if an attribute was set; notes it if it cannot be. */
  private boolean carry(int result, String name, List<String> left) throws IOException {
    if (NOT_CARRIED.contains(result)) {
      left.add(name);
      return false;
    }
    return check(result, "set the " + name) == 0;
  }

  private void takeExtended(Syscalls sys, int source, List<String> left) throws IOException {
    if (sys.attributeNames(source, MemorySegment.NULL) == 0) {
      return; // of most files, and cheaper than room for the names
    }
    MemorySegment names = sys.memory(MAX_EXTENDED_BYTES);
    int namesBytes = sys.attributeNames(source, names);
    if (namesBytes == -Errno.EOPNOTSUPP) {
      return;
    }
    check(namesBytes, "list the extended attributes");
    MemorySegment value = sys.memory(MAX_EXTENDED_BYTES);
    for (long at = 0; at < namesBytes; ) {
      MemorySegment name = names.asSlice(at);
      String text = name.getString(0);
      int length = sys.attribute(source, name, value);
      if (length < 0) {
        carry(length, text, left);
      } else {
        carry(sys.setAttribute(descriptor, name, value, length), text, left);
      }
      at += text.getBytes(StandardCharsets.UTF_8).length + 1L;
    }
  }

  /** Only a full sync writes attributes that no data depends on. */
  @Override
  public void force() throws IOException {
    use(sys -> check(hasNewAttributes ? sys.sync(descriptor) : sys.syncData(descriptor), "force"));
  }

  private int check(int result, String action) throws IOException {
    return (int) check((long) result, action);
  }

  private long check(long result, String action) throws IOException {
    if (result < 0) {
      throw Errno.exception((int) -result, action, path);
    }
    return result;
  }
}
