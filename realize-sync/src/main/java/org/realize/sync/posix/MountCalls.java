package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * The system calls of mounts and their devices. Each returns what the kernel does: the result, or
 * the negated errno. Interrupted calls are repeated. Safe for all threads; a buffer belongs to its
 * caller. A call blocks the carrier of a virtual thread: those that may wait ({@link #read}, {@link
 * #poll}, {@link #umount}) belong on platform threads.
 */
public final class MountCalls {

  public static final long MS_RDONLY = 1;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int STATFS_BYTES = 256;
  private static final short POLLIN = 1;

  private MountCalls() {}

  /** Opens what {@code path} names, with {@code flags} of {@link Syscalls}. */
  public static int open(String path, long flags) {
    try (Syscalls sys = new Syscalls()) {
      int descriptor = sys.open(Syscalls.AT_FDCWD, path, flags, 0, 0);
      return descriptor < 0 ? descriptor : sys.keep(descriptor);
    }
  }

  public static void close(int descriptor) {
    try (Syscalls sys = new Syscalls()) {
      sys.close(descriptor);
    }
  }

  /** Reads at most {@code count} bytes to the start of {@code buffer}. */
  public static int read(int descriptor, NativeBuffer buffer, int count) {
    return call(SystemCall.READ, descriptor, buffer.address(), count, buffer);
  }

  /** Writes the first {@code count} bytes of {@code buffer}. */
  public static int write(int descriptor, NativeBuffer buffer, int count) {
    return call(SystemCall.WRITE, descriptor, buffer.address(), count, buffer);
  }

  public static int ioctl(int descriptor, long request, NativeBuffer argument) {
    return call(SystemCall.IOCTL, descriptor, request, argument.address(), argument);
  }

  private static int call(SystemCall call, int descriptor, long b, long c, NativeBuffer used) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(call, descriptor, b, c, 0, 0);
    } finally {
      Reference.reachabilityFence(used);
    }
  }

  /** 1 when {@code descriptor} is readable within the time, 0 when it is not. */
  public static int poll(int descriptor, int timeoutMillis) {
    try (Syscalls sys = new Syscalls()) {
      MemorySegment entry = sys.memory(8);
      entry.set(JAVA_INT, 0, descriptor);
      entry.set(JAVA_SHORT, 4, POLLIN);
      MemorySegment timeout = sys.memory(16);
      timeout.set(JAVA_LONG, 0, timeoutMillis / 1000);
      timeout.set(JAVA_LONG, 8, timeoutMillis % 1000 * 1_000_000L);
      return sys.call(SystemCall.PPOLL, entry.address(), 1, timeout.address(), 0, 0);
    }
  }

  public static int mount(String source, String target, String type, long flags, String options) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(
          SystemCall.MOUNT,
          sys.text(source).address(),
          sys.text(target).address(),
          sys.text(type).address(),
          flags,
          sys.text(options).address());
    }
  }

  public static int umount(String target, int flags) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.UMOUNT2, sys.text(target).address(), flags, 0, 0, 0);
    }
  }

  /**
   * Asks the file system at {@code path} for its figures, which are not returned; 0 when it
   * answers.
   */
  public static int statfs(String path) {
    try (Syscalls sys = new Syscalls()) {
      long figures = sys.memory(STATFS_BYTES).address();
      return sys.call(SystemCall.STATFS, sys.text(path).address(), figures, 0, 0, 0);
    }
  }

  /** The effective user of this process. */
  public static int user() {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.GETEUID, 0, 0, 0, 0, 0);
    }
  }

  /** The number of the calling thread, which the kernel names as the one that asks. */
  public static int thread() {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.GETTID, 0, 0, 0, 0, 0);
    }
  }

  /** The effective group of this process. */
  public static int group() {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.GETEGID, 0, 0, 0, 0, 0);
    }
  }

  /** Puts the descriptors of two sockets into {@code pair}; a program that is started has both. */
  public static int socketPair(NativeBuffer pair) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, pair.address(), 0);
    } finally {
      Reference.reachabilityFence(pair);
    }
  }

  /** Keeps {@code descriptor} from programs that are started. */
  public static int keepFromPrograms(int descriptor) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.FCNTL, descriptor, F_SETFD, FD_CLOEXEC, 0, 0);
    }
  }

  /** Receives "struct msghdr" {@code message}, whose parts the caller keeps alive. */
  public static int receive(int socket, NativeBuffer message) {
    return call(SystemCall.RECVMSG, socket, message.address(), 0, message);
  }

  /**
   * Starts a program that has this process's descriptors; 0, or an errno that is not negated. The
   * tables of arguments and variables end with NULL; the caller keeps their texts alive.
   */
  public static int spawn(
      NativeBuffer pid, NativeBuffer path, NativeBuffer arguments, NativeBuffer variables) {
    try {
      return Native.spawn(pid.address(), path.address(), arguments.address(), variables.address());
    } finally {
      Reference.reachabilityFence(pid);
      Reference.reachabilityFence(path);
      Reference.reachabilityFence(arguments);
      Reference.reachabilityFence(variables);
    }
  }

  /** Waits until the program that was started has ended. */
  public static int await(int pid) {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.WAIT4, pid, 0, 0, 0, 0);
    }
  }
}
