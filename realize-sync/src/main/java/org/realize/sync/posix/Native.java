package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The way into the kernel: the C library's {@code syscall}, with errno captured. One function for
 * all, because each one that is bound costs milliseconds at start; the others are bound when they
 * are needed. Its arguments are registers whatever the architecture, so that it needs no variadic
 * call.
 */
@SuppressWarnings("restricted") // the runtime flags grant native access to this code
final class Native {

  private static final Linker LINKER = Linker.nativeLinker();

  static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  static final long ERRNO_OFFSET =
      ERRNO_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  /** Takes where to put errno, the number of the call, and five arguments. */
  static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private Native() {}

  /** The same with six arguments, bound when it is first called. */
  static final class SixArguments {
    static final MethodHandle SYSCALL =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private SixArguments() {}
  }

  /** posix_spawn without file actions and attributes: 0, or an errno. */
  static int spawn(long pid, long path, long arguments, long variables) {
    MethodHandle spawn =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("posix_spawn"),
            FunctionDescriptor.of(
                JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    try {
      return (int) spawn.invokeExact(pid, path, 0L, 0L, arguments, variables);
    } catch (Throwable e) {
      throw new IllegalStateException("posix_spawn", e);
    }
  }

  /** The C library's text for an error number. */
  static String describe(int errno) {
    MethodHandle strerror =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("strerror"),
            FunctionDescriptor.of(ADDRESS, JAVA_INT));
    try {
      MemorySegment text = (MemorySegment) strerror.invokeExact(errno);
      return text.reinterpret(256).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException("strerror", e);
    }
  }
}
