package org.realize.store.disk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.realize.sync.port.FileStat;

/**
 * System calls of one operation on one thread. Every call answers as the kernel does: the result,
 * or the negated errno. Interrupted calls are repeated. Closing it closes what {@link #open} opened
 * and {@link #keep} did not take.
 */
final class Syscalls implements AutoCloseable {

  static final int AT_FDCWD = -100;
  static final long O_RDONLY = 0;
  static final long O_RDWR = 2;
  static final long O_CREAT = 0100;
  static final long O_EXCL = 0200;
  static final long O_NOCTTY = 0400;
  static final long O_NONBLOCK = 04000;
  static final long O_CLOEXEC = 02000000;
  static final long O_PATH = 010000000;

  /** Neither symbolic links nor magic ones, and not out of the directory that it starts from. */
  static final long BENEATH = 0x02 | 0x04 | 0x08;

  private static final long SYS_OPENAT2 = 437;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int PUNCH_HOLE_KEEP_SIZE = 0x02 | 0x01;
  private static final long HOW_BYTES = 24;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BYTES = 256;

  /** Bounds the wait for a lease on the file to be given up. */
  private static final int OPEN_ATTEMPTS = 128;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = arena.allocate(Native.ERRNO_LAYOUT);
  private final MemorySegment statx = arena.allocate(STATX_BYTES, 8);
  private int[] opened = new int[4];
  private int openedCount;

  /** Native memory that lives as long as this. */
  MemorySegment memory(long bytes) {
    return arena.allocate(bytes, 8);
  }

  MemorySegment text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  /** openat2; the descriptor lives as long as this unless it is kept. */
  int open(int directory, String path, long flags, int mode, long resolve) {
    MemorySegment how = arena.allocate(HOW_BYTES, 8);
    how.set(JAVA_LONG, 0, flags | O_CLOEXEC);
    how.set(JAVA_LONG, 8, mode);
    how.set(JAVA_LONG, 16, resolve);
    MemorySegment name = text(path);
    int result = -Errno.EAGAIN;
    for (int i = 0; result == -Errno.EAGAIN && i < OPEN_ATTEMPTS; i++) {
      result =
          callLong(() ->
              (long)
                  Native.SYSCALL.invokeExact(
                      errno, SYS_OPENAT2, (long) directory, name, how, HOW_BYTES));
    }
    if (result >= 0) {
      if (openedCount == opened.length) {
        opened = Arrays.copyOf(opened, 2 * openedCount);
      }
      opened[openedCount++] = result;
    }
    return result;
  }

  /** Leaves {@code descriptor} open; the caller closes it. */
  int keep(int descriptor) {
    for (int i = 0; i < openedCount; i++) {
      if (opened[i] == descriptor) {
        opened[i] = opened[--openedCount];
        return descriptor;
      }
    }
    throw new IllegalArgumentException("descriptor " + descriptor + " was not opened here");
  }

  /** Fills the stat of {@code name} in {@code directory}, links not followed. */
  int stat(int directory, MemorySegment name) {
    return call(() ->
        (int)
            Native.STATX.invokeExact(
                errno,
                directory,
                name,
                AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH,
                STATX_BASIC_STATS,
                statx));
  }

  /** What the last {@link #stat} found. */
  FileStat stated() {
    int mode = Short.toUnsignedInt(statx.get(JAVA_SHORT, 28));
    FileStat.Kind kind =
        switch (mode & 0170000) {
          case 0100000 -> FileStat.Kind.FILE;
          case 0040000 -> FileStat.Kind.DIRECTORY;
          case 0120000 -> FileStat.Kind.LINK;
          default -> FileStat.Kind.OTHER;
        };
    return new FileStat(
        kind,
        statx.get(JAVA_LONG, 40),
        mode & 07777,
        nanosAt(112),
        nanosAt(96),
        statx.get(JAVA_LONG, 32),
        (long) statx.get(JAVA_INT, 136) << 32 | Integer.toUnsignedLong(statx.get(JAVA_INT, 140)),
        statx.get(JAVA_INT, 16));
  }

  private long nanosAt(long offset) {
    return statx.get(JAVA_LONG, offset) * 1_000_000_000L
        + Integer.toUnsignedLong(statx.get(JAVA_INT, offset + 8));
  }

  int entries(int directory, MemorySegment buffer) {
    return callLong(
        () -> (long) Native.GETDENTS.invokeExact(errno, directory, buffer, buffer.byteSize()));
  }

  /** Puts the target of a link into {@code target} and answers its length. */
  int readLink(int directory, String name, MemorySegment target) {
    MemorySegment path = text(name);
    return callLong(() ->
        (long) Native.READLINK.invokeExact(errno, directory, path, target, target.byteSize()));
  }

  int makeDirectory(int directory, String name, int mode) {
    MemorySegment path = text(name);
    return call(() -> (int) Native.MKDIR.invokeExact(errno, directory, path, mode));
  }

  int removeFile(int directory, String name) {
    MemorySegment path = text(name);
    return call(() -> (int) Native.UNLINK.invokeExact(errno, directory, path, 0));
  }

  int removeDirectory(int directory, String name) {
    MemorySegment path = text(name);
    return call(() -> (int) Native.UNLINK.invokeExact(errno, directory, path, AT_REMOVEDIR));
  }

  int rename(int fromDirectory, String from, int toDirectory, String to) {
    MemorySegment source = text(from);
    MemorySegment target = text(to);
    return call(
        () -> (int) Native.RENAME.invokeExact(errno, fromDirectory, source, toDirectory, target));
  }

  int sync(int file) {
    return call(() -> (int) Native.FSYNC.invokeExact(errno, file));
  }

  int syncData(int file) {
    return call(() -> (int) Native.FDATASYNC.invokeExact(errno, file));
  }

  int truncate(int file, long sizeBytes) {
    return call(() -> (int) Native.FTRUNCATE.invokeExact(errno, file, sizeBytes));
  }

  /** Makes a hole; the size stays. */
  int punch(int file, long offsetBytes, long lengthBytes) {
    return call(() ->
        (int)
            Native.FALLOCATE.invokeExact(
                errno, file, PUNCH_HOLE_KEEP_SIZE, offsetBytes, lengthBytes));
  }

  int fileSystem(int file, MemorySegment statvfs) {
    return call(() -> (int) Native.FSTATVFS.invokeExact(errno, file, statvfs));
  }

  int read(int file, MemorySegment target, long offsetBytes) {
    return callLong(
        () -> (long) Native.PREAD.invokeExact(errno, file, target, target.byteSize(), offsetBytes));
  }

  int write(int file, MemorySegment source, long offsetBytes) {
    return callLong(() ->
        (long) Native.PWRITE.invokeExact(errno, file, source, source.byteSize(), offsetBytes));
  }

  /** Not repeated when interrupted: Linux has closed the descriptor by then. */
  void close(int descriptor) {
    try {
      int ignored = (int) Native.CLOSE.invokeExact(errno, descriptor);
    } catch (Throwable e) {
      throw bug(e);
    }
  }

  /** The C library's text for an error number. */
  static String describe(int errno) {
    try {
      MemorySegment text = (MemorySegment) Native.STRERROR.invokeExact(errno);
      @SuppressWarnings("restricted") // the C library's strings are short
      MemorySegment bounded = text.reinterpret(256);
      return bounded.getString(0);
    } catch (Throwable e) {
      throw bug(e);
    }
  }

  @Override
  public void close() {
    while (openedCount > 0) {
      close(opened[--openedCount]);
    }
    arena.close();
  }

  private interface IntCall {
    int run() throws Throwable;
  }

  private interface LongCall {
    long run() throws Throwable;
  }

  private int call(IntCall call) {
    return callLong(call::run);
  }

  private int callLong(LongCall call) {
    int result;
    do {
      try {
        result = result(call.run());
      } catch (Throwable e) {
        throw bug(e);
      }
    } while (result == -Errno.EINTR);
    return result;
  }

  private int result(long returned) {
    return returned < 0 ? -errno.get(JAVA_INT, Native.ERRNO_OFFSET) : Math.toIntExact(returned);
  }

  /** Down-calls throw nothing that could be expected. */
  private static IllegalStateException bug(Throwable cause) {
    return new IllegalStateException("native call", cause);
  }
}
