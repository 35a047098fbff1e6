package org.realize.store.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** The functions of the C library that the disk needs, each with errno captured. 64-bit Linux. */
@SuppressWarnings("restricted") // the runtime flags grant native access to this code
final class Native {

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

  static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  static final long ERRNO_OFFSET =
      ERRNO_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  /** openat2 has no wrapper in the C library. */
  static final MethodHandle SYSCALL =
      bind(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  static final MethodHandle CLOSE = bind("close", ints(JAVA_INT));
  static final MethodHandle STATX =
      bind("statx", ints(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  static final MethodHandle GETDENTS = bind("getdents64", longs(JAVA_INT, ADDRESS, JAVA_LONG));
  static final MethodHandle READLINK =
      bind("readlinkat", longs(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
  static final MethodHandle MKDIR = bind("mkdirat", ints(JAVA_INT, ADDRESS, JAVA_INT));
  static final MethodHandle UNLINK = bind("unlinkat", ints(JAVA_INT, ADDRESS, JAVA_INT));
  static final MethodHandle RENAME = bind("renameat", ints(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
  static final MethodHandle FSYNC = bind("fsync", ints(JAVA_INT));
  static final MethodHandle FDATASYNC = bind("fdatasync", ints(JAVA_INT));
  static final MethodHandle FTRUNCATE = bind("ftruncate", ints(JAVA_INT, JAVA_LONG));
  static final MethodHandle FALLOCATE =
      bind("fallocate", ints(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  static final MethodHandle FSTATVFS = bind("fstatvfs", ints(JAVA_INT, ADDRESS));
  static final MethodHandle PREAD = bind("pread", longs(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
  static final MethodHandle PWRITE = bind("pwrite", longs(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));

  static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Native() {}

  private static FunctionDescriptor ints(ValueLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  private static FunctionDescriptor longs(ValueLayout... arguments) {
    return FunctionDescriptor.of(JAVA_LONG, arguments);
  }

  private static MethodHandle bind(
      String name, FunctionDescriptor descriptor, Linker.Option... more) {
    List<Linker.Option> options = new ArrayList<>(List.of(more));
    options.add(ERRNO);
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        descriptor,
        options.toArray(Linker.Option[]::new));
  }
}
