package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.port.FileStat;

/**
 * The system calls of one operation on one thread. Each returns what the kernel does: the result,
 * or the negated errno. Interrupted calls are repeated. A call blocks the carrier of a virtual
 * thread. Close closes what {@link #open} opened and {@link #keep} did not take.
 */
public final class Syscalls implements AutoCloseable {

  public static final int AT_FDCWD = -100;
  public static final long O_RDONLY = 0;
  public static final long O_RDWR = 2;
  public static final long O_CREAT = 0100;
  public static final long O_EXCL = 0200;
  public static final long O_NOCTTY = 0400;
  public static final long O_NONBLOCK = 04000;
  public static final int NOREPLACE = 1;
  public static final int EXCHANGE = 2;
  public static final long O_NOATIME = 01000000;
  public static final long O_CLOEXEC = 02000000;
  public static final long O_PATH = 010000000;

  /** Neither symbolic links nor magic ones, and not out of the directory that it starts from. */
  public static final long BENEATH = 0x02 | 0x04 | 0x08;

  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_REMOVEDIR = 0x200;
  private static final int AT_NO_AUTOMOUNT = 0x800;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int KEEP_SIZE = 0x01;
  private static final int PUNCH_HOLE_KEEP_SIZE = 0x02 | KEEP_SIZE;
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_RDLCK = 0;
  private static final int F_WRLCK = 1;
  private static final int F_UNLCK = 2;
  private static final int SIGURG = 23;
  private static final int SYNC_FILE_RANGE_WRITE_AND_WAIT = 1 | 2 | 4;
  private static final long RWF_APPEND = 0x10;
  private static final int SEEK_DATA = 3;
  private static final int IOPRIO_WHO_THREAD = 1;
  private static final int IOPRIO_IDLE = 3 << 13;
  private static final long UTIME_OMIT = (1L << 30) - 2;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int STATX_BIRTH_TIME = 0x800;
  private static final int STATX_MOUNT = 0x1000;

  /** The number of a mount that is never used again, from Linux 6.8 on. */
  private static final int STATX_UNIQUE_MOUNT = 0x4000;

  private static final int FICLONERANGE = 0x4020940d;

  // one piece of memory for errno, openat2's "struct open_how", and in turn "struct statx",
  // "struct statfs", two "struct timespec" or "struct file_clone_range"; texts follow
  private static final long HOW_OFFSET = 16;
  private static final long HOW_BYTES = 24;
  private static final long STAT_OFFSET = 64;
  private static final long TEXT_OFFSET = STAT_OFFSET + 256;

  /** Bounds the wait for a lease on the file to be given up. */
  private static final int OPEN_ATTEMPTS = 128;

  private final Scratch lent = Scratch.take();
  private final MemorySegment scratch = lent.memory;
  private long textEnd = TEXT_OFFSET;
  private @Nullable Arena arena;
  private int[] opened = new int[4];
  private int openedCount;

  /** Native memory that lives as long as this. */
  public MemorySegment memory(long bytes) {
    if (arena == null) {
      arena = Arena.ofConfined();
    }
    return arena.allocate(bytes, 8);
  }

  /** {@code text} as the kernel reads it. */
  public MemorySegment text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long length = bytes.length + 1L;
    MemorySegment segment;
    if (textEnd + length <= Scratch.BYTES) {
      segment = scratch.asSlice(textEnd, length);
      textEnd += length;
    } else {
      segment = memory(length);
    }
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
    segment.set(JAVA_BYTE, bytes.length, (byte) 0);
    return segment;
  }

  /** openat2; the descriptor lives as long as this unless it is kept. */
  public int open(int directory, String path, long flags, int mode, long resolve) {
    scratch.set(JAVA_LONG, HOW_OFFSET, flags | O_CLOEXEC);
    scratch.set(JAVA_LONG, HOW_OFFSET + 8, mode);
    scratch.set(JAVA_LONG, HOW_OFFSET + 16, resolve);
    long name = text(path).address();
    long how = scratch.address() + HOW_OFFSET;
    int result = -Errno.EAGAIN;
    for (int i = 0; result == -Errno.EAGAIN && i < OPEN_ATTEMPTS; i++) {
      result = call(SystemCall.OPENAT2, directory, name, how, HOW_BYTES, 0);
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
  public int keep(int descriptor) {
    for (int i = 0; i < openedCount; i++) {
      if (opened[i] == descriptor) {
        opened[i] = opened[--openedCount];
        return descriptor;
      }
    }
    throw new IllegalArgumentException("descriptor " + descriptor + " was not opened here");
  }

  /** Asks for the stat of {@code name} in {@code directory}, links not followed. */
  public int stat(int directory, MemorySegment name) {
    return call(
        SystemCall.STATX,
        directory,
        name.address(),
        AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH,
        STATX_BASIC_STATS | STATX_BIRTH_TIME | STATX_MOUNT | STATX_UNIQUE_MOUNT,
        scratch.address() + STAT_OFFSET);
  }

  /** What the last {@link #stat} found. */
  public FileStat stated() {
    MemorySegment statx = scratch.asSlice(STAT_OFFSET);
    int answered = statx.get(JAVA_INT, 0);
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
        timeAt(statx, 112),
        nanosAt(statx, 96),
        statx.get(JAVA_LONG, 32),
        (long) statx.get(JAVA_INT, 136) << 32 | Integer.toUnsignedLong(statx.get(JAVA_INT, 140)),
        statx.get(JAVA_INT, 16),
        (answered & STATX_BIRTH_TIME) == 0 ? 0 : nanosAt(statx, 80),
        (answered & (STATX_MOUNT | STATX_UNIQUE_MOUNT)) == 0 ? 0 : statx.get(JAVA_LONG, 144));
  }

  /** The type and the twelve bits of the mode of what the last {@link #stat} found. */
  public int statedMode() {
    return Short.toUnsignedInt(scratch.get(JAVA_SHORT, STAT_OFFSET + 28));
  }

  /** When what the last {@link #stat} found was read last. */
  public FileTime statedRead() {
    return timeAt(scratch.asSlice(STAT_OFFSET), 64);
  }

  /** When attributes or bytes of what the last {@link #stat} found were changed last. */
  public FileTime statedChanged() {
    return timeAt(scratch.asSlice(STAT_OFFSET), 96);
  }

  /** When what the last {@link #stat} found was made; null where that is not known. */
  public @Nullable FileTime statedBorn() {
    MemorySegment statx = scratch.asSlice(STAT_OFFSET);
    return (statx.get(JAVA_INT, 0) & STATX_BIRTH_TIME) == 0 ? null : timeAt(statx, 80);
  }

  /** The number of the device that the last {@link #stat} found, as 32 bits of Linux. */
  public int statedDevice() {
    int major = scratch.get(JAVA_INT, STAT_OFFSET + 128);
    int minor = scratch.get(JAVA_INT, STAT_OFFSET + 132);
    return (minor & 0xff) | major << 8 | (minor & ~0xff) << 12;
  }

  /** When what the last {@link #stat} found was read last, in nanoseconds since 1970. */
  public long statedReadNanos() {
    return nanosAt(scratch.asSlice(STAT_OFFSET), 64);
  }

  /** How many bytes are allocated to what the last {@link #stat} found. */
  public long statedBytes() {
    return scratch.asSlice(STAT_OFFSET).get(JAVA_LONG, 48) * 512;
  }

  /** The owner's number in what the last {@link #stat} found. */
  public int statedOwner() {
    return scratch.asSlice(STAT_OFFSET).get(JAVA_INT, 20);
  }

  /** The group's number in what the last {@link #stat} found. */
  public int statedGroup() {
    return scratch.asSlice(STAT_OFFSET).get(JAVA_INT, 24);
  }

  private static FileTime timeAt(MemorySegment statx, long offset) {
    return new FileTime(statx.get(JAVA_LONG, offset), statx.get(JAVA_INT, offset + 8));
  }

  private static long nanosAt(MemorySegment statx, long offset) {
    return statx.get(JAVA_LONG, offset) * 1_000_000_000L
        + Integer.toUnsignedLong(statx.get(JAVA_INT, offset + 8));
  }

  /** Fills {@code buffer} with "struct linux_dirent64"s; answers their bytes. */
  public int entries(int directory, MemorySegment buffer) {
    return call(SystemCall.GETDENTS64, directory, buffer.address(), buffer.byteSize(), 0, 0);
  }

  /** Puts the target of a link into {@code target}; answers its length. */
  public int readLink(int directory, String name, MemorySegment target) {
    return call(
        SystemCall.READLINKAT,
        directory,
        text(name).address(),
        target.address(),
        target.byteSize(),
        0);
  }

  public int makeDirectory(int directory, String name, int mode) {
    return call(SystemCall.MKDIRAT, directory, text(name).address(), mode, 0, 0);
  }

  /** Makes a symbolic link. */
  public int makeLink(String target, int directory, String name) {
    return call(
        SystemCall.SYMLINKAT, text(target).address(), directory, text(name).address(), 0, 0);
  }

  public int removeFile(int directory, String name) {
    return call(SystemCall.UNLINKAT, directory, text(name).address(), 0, 0, 0);
  }

  public int removeDirectory(int directory, String name) {
    return call(SystemCall.UNLINKAT, directory, text(name).address(), AT_REMOVEDIR, 0, 0);
  }

  public int rename(int fromDirectory, String from, int toDirectory, String to, int flags) {
    return call(
        SystemCall.RENAMEAT2,
        fromDirectory,
        text(from).address(),
        toDirectory,
        text(to).address(),
        flags);
  }

  public int link(int fromDirectory, String from, int toDirectory, String to) {
    return call(
        SystemCall.LINKAT, fromDirectory, text(from).address(), toDirectory, text(to).address(), 0);
  }

  public int setMode(int file, int mode) {
    return call(SystemCall.FCHMOD, file, mode, 0, 0, 0);
  }

  public int setOwner(int file, int owner, int group) {
    return call(SystemCall.FCHOWN, file, owner, group, 0, 0);
  }

  /** Puts the names of extended attributes into {@code names}, each with a NUL; their bytes. */
  public int attributeNames(int file, MemorySegment names) {
    return call(SystemCall.FLISTXATTR, file, names.address(), names.byteSize(), 0, 0);
  }

  /** Puts an extended attribute's value into {@code value}; answers its bytes. */
  public int attribute(int file, MemorySegment name, MemorySegment value) {
    return call(SystemCall.FGETXATTR, file, name.address(), value.address(), value.byteSize(), 0);
  }

  public int setAttribute(int file, MemorySegment name, MemorySegment value, int valueBytes) {
    return call(SystemCall.FSETXATTR, file, name.address(), value.address(), valueBytes, 0);
  }

  public int removeAttribute(int file, MemorySegment name) {
    return call(SystemCall.FREMOVEXATTR, file, name.address(), 0, 0, 0);
  }

  /** Lets this thread use the disk only while no other does. */
  public int idlePriority() {
    return call(SystemCall.IOPRIO_SET, IOPRIO_WHO_THREAD, 0, IOPRIO_IDLE, 0, 0);
  }

  /** Sets the modification time; the access time stays. */
  public int setModified(int file, FileTime time) {
    return setModified(file, 0, time, 0);
  }

  /** As the other, of a name; a link is not followed. */
  public int setModified(int directory, String name, FileTime time) {
    return setModified(directory, text(name).address(), time, AT_SYMLINK_NOFOLLOW);
  }

  private int setModified(int file, long name, FileTime time, int flags) {
    scratch.set(JAVA_LONG, STAT_OFFSET, 0);
    scratch.set(JAVA_LONG, STAT_OFFSET + 8, UTIME_OMIT);
    scratch.set(JAVA_LONG, STAT_OFFSET + 16, time.seconds());
    scratch.set(JAVA_LONG, STAT_OFFSET + 24, (long) time.nanos());
    return call(SystemCall.UTIMENSAT, file, name, scratch.address() + STAT_OFFSET, flags, 0);
  }

  /**
   * Asks for a read lease, which the kernel grants only where no program has the file open or
   * mapped for writing, and gives it back. A program that opens the file in between waits for that
   * moment; the signal that would tell us of it is one that does nothing by default, where SIGIO
   * would end the process.
   */
  public int tryLease(int file) {
    return tryLease(file, F_RDLCK);
  }

  /** As {@link #tryLease}, of a lease that readers exclude too. */
  public int tryWriteLease(int file) {
    return tryLease(file, F_WRLCK);
  }

  private int tryLease(int file, int kind) {
    int result = call(SystemCall.FCNTL, file, F_SETSIG, SIGURG, 0, 0);
    if (result >= 0) {
      result = call(SystemCall.FCNTL, file, F_SETLEASE, kind, 0, 0);
    }
    return result < 0 ? result : call(SystemCall.FCNTL, file, F_SETLEASE, F_UNLCK, 0, 0);
  }

  public int sync(int file) {
    return call(SystemCall.FSYNC, file, 0, 0, 0, 0);
  }

  /** All of the file system that the file is on. */
  public int syncAll(int file) {
    return call(SystemCall.SYNCFS, file, 0, 0, 0, 0);
  }

  public int syncData(int file) {
    return call(SystemCall.FDATASYNC, file, 0, 0, 0, 0);
  }

  /** Writes all changed pages of the file and waits; neither durable nor with its inode. */
  public int writeBack(int file) {
    return call(SystemCall.SYNC_FILE_RANGE, file, 0, 0, SYNC_FILE_RANGE_WRITE_AND_WAIT, 0);
  }

  public int truncate(int file, long sizeBytes) {
    return call(SystemCall.FTRUNCATE, file, sizeBytes, 0, 0, 0);
  }

  /** Gives a range room on the disk, so that writing to it needs none; the size stays. */
  public int allocate(int file, long offsetBytes, long lengthBytes) {
    return call(SystemCall.FALLOCATE, file, KEEP_SIZE, offsetBytes, lengthBytes, 0);
  }

  /** Makes a hole; the size stays. */
  public int punch(int file, long offsetBytes, long lengthBytes) {
    return call(SystemCall.FALLOCATE, file, PUNCH_HOLE_KEEP_SIZE, offsetBytes, lengthBytes, 0);
  }

  /** Lets {@code file} have a range of {@code source} too, as a copy that is made on write. */
  public int cloneRange(int file, int source, long offsetBytes, long lengthBytes) {
    scratch.set(JAVA_LONG, STAT_OFFSET, source);
    scratch.set(JAVA_LONG, STAT_OFFSET + 8, offsetBytes);
    scratch.set(JAVA_LONG, STAT_OFFSET + 16, lengthBytes);
    scratch.set(JAVA_LONG, STAT_OFFSET + 24, offsetBytes);
    return call(SystemCall.IOCTL, file, FICLONERANGE, scratch.address() + STAT_OFFSET, 0, 0);
  }

  /** Asks for the figures of a file system. */
  public int fileSystem(int file) {
    return call(SystemCall.FSTATFS, file, scratch.address() + STAT_OFFSET, 0, 0, 0);
  }

  /** The 8-byte field of the last {@link #fileSystem} at {@code offset} of "struct statfs". */
  public long figure(long offset) {
    return scratch.get(JAVA_LONG, STAT_OFFSET + offset);
  }

  public int read(int file, MemorySegment target, long offsetBytes) {
    try {
      return call(SystemCall.PREAD64, file, target.address(), target.byteSize(), offsetBytes, 0);
    } finally {
      Reference.reachabilityFence(target);
    }
  }

  public int write(int file, MemorySegment source, long offsetBytes) {
    try {
      return call(SystemCall.PWRITE64, file, source.address(), source.byteSize(), offsetBytes, 0);
    } finally {
      Reference.reachabilityFence(source);
    }
  }

  /** Not repeated when interrupted: Linux has closed the descriptor by then. */
  public void close(int descriptor) {
    long ignored = callOnce(SystemCall.CLOSE, descriptor, 0, 0, 0, 0);
  }

  @Override
  public void close() {
    while (openedCount > 0) {
      close(opened[--openedCount]);
    }
    if (arena != null) {
      arena.close();
    }
    lent.give();
  }

  /** The offset of the next data, which moves the file's own offset: only for positional use. */
  public long seekData(int file, long offsetBytes) {
    return longCall(SystemCall.LSEEK, file, offsetBytes, SEEK_DATA, 0, 0);
  }

  int call(SystemCall call, long a, long b, long c, long d, long e) {
    return Math.toIntExact(longCall(call, a, b, c, d, e));
  }

  /** The copy of a range, of at most 2 GiB, within the kernel: the bytes that were copied. */
  public long copyRange(
      int source, long sourceBytes, int target, long targetBytes, long lengthBytes) {
    scratch.set(JAVA_LONG, STAT_OFFSET, sourceBytes);
    scratch.set(JAVA_LONG, STAT_OFFSET + 8, targetBytes);
    long from = scratch.address() + STAT_OFFSET;
    return sixCall(SystemCall.COPY_FILE_RANGE, source, from, target, from + 8, lengthBytes, 0);
  }

  /** A write at the end of the file as it is at that moment. */
  public int append(int file, MemorySegment source) {
    scratch.set(JAVA_LONG, STAT_OFFSET, source.address());
    scratch.set(JAVA_LONG, STAT_OFFSET + 8, source.byteSize());
    long vector = scratch.address() + STAT_OFFSET;
    try {
      return (int) sixCall(SystemCall.PWRITEV2, file, vector, 1, 0, 0, RWF_APPEND);
    } finally {
      Reference.reachabilityFence(source);
    }
  }

  private long sixCall(SystemCall call, long a, long b, long c, long d, long e, long f) {
    long result;
    do {
      try {
        result =
            (long)
                Native.SixArguments.SYSCALL.invokeExact(
                    lent.errno, (long) call.number(), a, b, c, d, e, f);
      } catch (Throwable bug) {
        throw new IllegalStateException("system call " + call, bug);
      }
      result = result < 0 ? -lent.errno.get(JAVA_INT, Native.ERRNO_OFFSET) : result;
    } while (result == -Errno.EINTR);
    return result;
  }

  /** Reuses the room of all texts, none of which is needed any more. */
  public void freeTexts() {
    textEnd = TEXT_OFFSET;
  }

  long longCall(SystemCall call, long a, long b, long c, long d, long e) {
    long result;
    do {
      long returned = callOnce(call, a, b, c, d, e);
      result = returned < 0 ? -lent.errno.get(JAVA_INT, Native.ERRNO_OFFSET) : returned;
    } while (result == -Errno.EINTR);
    return result;
  }

  private long callOnce(SystemCall call, long a, long b, long c, long d, long e) {
    try {
      return (long) Native.SYSCALL.invokeExact(lent.errno, (long) call.number(), a, b, c, d, e);
    } catch (Throwable bug) {
      throw new IllegalStateException("system call " + call, bug);
    }
  }
}
