package org.realize.store.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/**
 * An open regular file. Thread-safe: the descriptor closes when the file is closed and the last
 * running call has ended, so that no call ever meets a descriptor that means another file by now.
 */
final class LocalFile implements DiskFile {

  private static final int CLOSED = 1 << 30;

  /** Of all names, or of one value: XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux. */
  private static final int MAX_EXTENDED_BYTES = 64 << 10;

  /** Answers of a file system that cannot share this range, or none at all. */
  private static final Set<Integer> NOT_SHARED =
      Set.of(-Errno.EOPNOTSUPP, -Errno.EINVAL, -Errno.ENOTTY, -Errno.EXDEV, -Errno.ENOSYS);

  private final String path;
  private final int descriptor;
  private final TransferBuffers buffers;

  private volatile boolean hasNewAttributes;

  /** Running calls, plus {@link #CLOSED}. */
  private final AtomicInteger uses = new AtomicInteger();

  LocalFile(String path, int descriptor, TransferBuffers buffers) {
    this.path = path;
    this.descriptor = descriptor;
    this.buffers = buffers;
  }

  private interface Use<T> {
    T run(Syscalls sys) throws IOException;
  }

  private <T> T use(Use<T> use) throws IOException {
    int before;
    do {
      before = uses.get();
      if (before >= CLOSED) {
        throw new IOException(path + ": the file is closed", new ClosedChannelException());
      }
    } while (!uses.compareAndSet(before, before + 1));
    try (Syscalls sys = new Syscalls()) {
      return use.run(sys);
    } finally {
      if (uses.decrementAndGet() == CLOSED) {
        closeDescriptor();
      }
    }
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
    int written = check(sys.write(descriptor, part, offsetBytes), "write");
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
  public FileStat stat() throws IOException {
    return use(sys -> {
      check(sys.stat(descriptor, sys.text("")), "stat");
      return sys.stated();
    });
  }

  /** File systems without leases answer with another error than that somebody has it open. */
  @Override
  public boolean isOpenElsewhere() throws IOException {
    return use(sys -> sys.tryLease(descriptor) == -Errno.EAGAIN);
  }

  @Override
  public void setAttributes(int mode, long mtimeNanos) throws IOException {
    hasNewAttributes = true;
    use(sys -> {
      check(sys.setMode(descriptor, mode), "set the mode");
      return check(sys.setModified(descriptor, mtimeNanos), "set the time");
    });
  }

  @Override
  public void takeAttributes(DiskFile source) throws IOException {
    if (!(source instanceof LocalFile other)) {
      throw new IllegalArgumentException("a file of another disk");
    }
    hasNewAttributes = true;
    other.use(_ ->
        use(sys -> {
          check(sys.stat(other.descriptor, sys.text("")), "stat");
          FileStat stat = sys.stated();
          check(sys.setOwner(descriptor, sys.statedOwner(), sys.statedGroup()), "set the owner");
          takeExtended(sys, other.descriptor);
          check(sys.setMode(descriptor, stat.mode()), "set the mode"); // a new owner clears bits
          return check(sys.setModified(descriptor, stat.mtimeNanos()), "set the time");
        }));
  }

  private void takeExtended(Syscalls sys, int source) throws IOException {
    MemorySegment names = sys.memory(MAX_EXTENDED_BYTES);
    int namesBytes = sys.attributeNames(source, names);
    if (namesBytes == -Errno.EOPNOTSUPP) {
      return;
    }
    check(namesBytes, "list the extended attributes");
    MemorySegment value = sys.memory(MAX_EXTENDED_BYTES);
    for (long at = 0; at < namesBytes; ) {
      MemorySegment name = names.asSlice(at);
      int length = check(sys.attribute(source, name, value), "read an extended attribute");
      check(sys.setAttribute(descriptor, name, value, length), "set an extended attribute");
      at += name.getString(0).getBytes(StandardCharsets.UTF_8).length + 1L;
    }
  }

  /** Only a full sync writes attributes that no data depends on. */
  @Override
  public void force() throws IOException {
    use(sys -> check(hasNewAttributes ? sys.sync(descriptor) : sys.syncData(descriptor), "force"));
  }

  private int check(int result, String action) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, action, path);
    }
    return result;
  }
}
