package org.realize.store.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.Syscalls;

/**
 * The reserve in a file: its size is what is held back. Where the file system cannot allocate, it
 * is filled with zeros.
 */
final class ReserveFile implements RoomDisk {
  private static final int ZEROS = 1 << 20;

  // offsets in "struct statfs"
  private static final long UNIT = 72;
  private static final long BLOCK = 8;
  private static final long BLOCKS = 16;
  private static final long AVAILABLE = 32;

  private final Path file;

  private ReserveFile(Path file) {
    this.file = file;
  }

  /** The reserve in {@code file}, which is made if it is not there. */
  static ReserveFile open(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(file);
    }
    return new ReserveFile(file);
  }

  private interface DescriptorUse<T> {
    T run(Syscalls sys, int descriptor) throws IOException;
  }

  private static <T> T use(Path file, DescriptorUse<T> use) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int descriptor = sys.open(Syscalls.AT_FDCWD, file.toString(), Syscalls.O_RDWR, 0, 0);
      check(descriptor, "open", file);
      return use.run(sys, descriptor);
    }
  }

  private static void check(int result, String action, Path file) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, action, file.toString());
    }
  }

  @Override
  public long totalBytes() throws IOException {
    return figure(BLOCKS);
  }

  @Override
  public long availableBytes() throws IOException {
    return figure(AVAILABLE);
  }

  private long figure(long offset) throws IOException {
    return use(
        file,
        (sys, descriptor) -> {
          check(sys.fileSystem(descriptor), "ask for the room at", file);
          long unit = sys.figure(UNIT) == 0 ? sys.figure(BLOCK) : sys.figure(UNIT);
          return sys.figure(offset) * unit;
        });
  }

  @Override
  public long reserveBytes() throws IOException {
    return Files.size(file);
  }

  @Override
  public void setReserve(long bytes) throws IOException {
    long before = reserveBytes();
    boolean isSet = false;
    try {
      if (bytes > before && !allocate(file, before, bytes - before)) {
        fill(before, bytes);
      }
      resize(bytes);
      isSet = true;
    } finally {
      if (!isSet) {
        resize(before); // what was allocated of it goes, too
      }
    }
  }

  private void resize(long bytes) throws IOException {
    use(
        file,
        (sys, descriptor) -> {
          check(sys.truncate(descriptor, bytes), "set the size of", file);
          return true;
        });
  }

  private void fill(long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(ZEROS);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (long at = from; at < to; at += zeros.position()) {
        zeros.position(0).limit((int) Math.min(ZEROS, to - at));
        channel.write(zeros, at);
      }
      channel.force(false);
    } catch (IOException e) {
      throw StoreRoom.isFull(e) ? new DiskFullException(file + ": fill", e) : e;
    }
  }

  @Override
  public boolean allocate(Path target, long offsetBytes, long lengthBytes) throws IOException {
    return use(
        target,
        (sys, descriptor) -> {
          int result = sys.allocate(descriptor, offsetBytes, lengthBytes);
          if (result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS) {
            return false;
          }
          check(result, "allocate room for", target);
          return true;
        });
  }
}
