package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;

/**
 * The system calls that programs make on names and inodes, beside those of {@link Syscalls}. Each
 * returns what the kernel does: the result, or the negated errno. An inode is given by any
 * descriptor of it, one of O_PATH included, by way of {@code /proc/self/fd}.
 */
public final class NodeCalls {

  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;
  public static final int XATTR_CREATE = 1;
  public static final int XATTR_REPLACE = 2;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final long UTIME_NOW = (1L << 30) - 1;
  private static final long UTIME_OMIT = (1L << 30) - 2;
  private static final int TIMES_BYTES = 32;

  /** A time to set. */
  public sealed interface NewTime {
    /** The time stays. */
    record KeptTime() implements NewTime {}

    /** The file system's clock. */
    record ClockTime() implements NewTime {}

    /** A given time. */
    record GivenTime(FileTime time) implements NewTime {}
  }

  private NodeCalls() {}

  /** The path by which this process reaches what a descriptor is of. */
  public static String path(int descriptor) {
    return "/proc/self/fd/" + descriptor;
  }

  private static long textOf(Syscalls sys, int descriptor) {
    return sys.text(path(descriptor)).address();
  }

  public static int makeNode(Syscalls sys, int directory, String name, int mode, int device) {
    return sys.call(
        SystemCall.MKNODAT, directory, sys.text(name).address(), mode, device & 0xffffffffL, 0);
  }

  /** Gives what a descriptor is of a further name; ENOENT for what lost its last one. */
  public static int link(Syscalls sys, int descriptor, int directory, String name) {
    return sys.call(
        SystemCall.LINKAT,
        Syscalls.AT_FDCWD,
        textOf(sys, descriptor),
        directory,
        sys.text(name).address(),
        AT_SYMLINK_FOLLOW);
  }

  public static int setMode(Syscalls sys, int descriptor, int mode) {
    return sys.call(SystemCall.FCHMODAT, Syscalls.AT_FDCWD, textOf(sys, descriptor), mode, 0, 0);
  }

  /** −1 for an owner or group that stays. */
  public static int setOwner(Syscalls sys, int descriptor, int owner, int group) {
    return sys.call(
        SystemCall.FCHOWNAT,
        descriptor,
        sys.text("").address(),
        owner & 0xffffffffL,
        group & 0xffffffffL,
        AT_EMPTY_PATH);
  }

  public static int setTimes(Syscalls sys, int descriptor, NewTime accessed, NewTime modified) {
    MemorySegment times = sys.memory(TIMES_BYTES);
    put(times, 0, accessed);
    put(times, 16, modified);
    return sys.call(
        SystemCall.UTIMENSAT, Syscalls.AT_FDCWD, textOf(sys, descriptor), times.address(), 0, 0);
  }

  private static void put(MemorySegment times, long at, NewTime time) {
    FileTime given = time instanceof NewTime.GivenTime(FileTime each) ? each : null;
    times.set(JAVA_LONG, at, given == null ? 0 : given.seconds());
    times.set(JAVA_LONG, at + 8, given == null ? special(time) : given.nanos());
  }

  private static long special(NewTime time) {
    return time instanceof NewTime.ClockTime ? UTIME_NOW : UTIME_OMIT;
  }

  /** By the right to write the file, not that of the descriptor. */
  public static int truncate(Syscalls sys, int descriptor, long sizeBytes) {
    return sys.call(SystemCall.TRUNCATE, textOf(sys, descriptor), sizeBytes, 0, 0, 0);
  }

  /** The fallocate(2) of any {@code mode}. */
  public static int allocate(Syscalls sys, int file, int mode, long offset, long length) {
    return sys.call(SystemCall.FALLOCATE, file, mode, offset, length, 0);
  }

  /** Moves the file's own offset: only for positional use. */
  public static long seek(Syscalls sys, int file, long offsetBytes, int whence) {
    return sys.longCall(SystemCall.LSEEK, file, offsetBytes, whence, 0, 0);
  }

  /** The bytes of all names, each with a NUL, in {@code names}; only their number without room. */
  public static int attributeNames(Syscalls sys, int descriptor, @Nullable MemorySegment names) {
    long size = names == null ? 0 : names.byteSize();
    long room = names == null ? 0 : names.address();
    return sys.call(SystemCall.LISTXATTR, textOf(sys, descriptor), room, size, 0, 0);
  }

  public static int attribute(Syscalls sys, int descriptor, String name, MemorySegment value) {
    return sys.call(
        SystemCall.GETXATTR,
        textOf(sys, descriptor),
        sys.text(name).address(),
        value.address(),
        value.byteSize(),
        0);
  }

  /** {@code flags}: {@link #XATTR_CREATE}, {@link #XATTR_REPLACE} or 0. */
  public static int setAttribute(
      Syscalls sys, int descriptor, String name, MemorySegment value, int flags) {
    return sys.call(
        SystemCall.SETXATTR,
        textOf(sys, descriptor),
        sys.text(name).address(),
        value.address(),
        value.byteSize(),
        flags);
  }

  public static int removeAttribute(Syscalls sys, int descriptor, String name) {
    return sys.call(
        SystemCall.REMOVEXATTR, textOf(sys, descriptor), sys.text(name).address(), 0, 0, 0);
  }
}
