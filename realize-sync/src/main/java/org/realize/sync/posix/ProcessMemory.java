package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The memory of this process outside of Java's heap. */
@SuppressWarnings("restricted") // the runtime flags grant native access to this code
public final class ProcessMemory {

  private static final int MADV_DONTNEED = 4;

  private static final Optional<MethodHandle> TRIM =
      Linker.nativeLinker()
          .defaultLookup()
          .find("malloc_trim")
          .map(address ->
              Linker.nativeLinker()
                  .downcallHandle(address, FunctionDescriptor.of(JAVA_INT, JAVA_LONG)));

  private ProcessMemory() {}

  /** A part of the address space that shows a file. */
  private record Mapping(long address, long bytes) {

    /**
     * The mapping of a line of smaps that begins one, if its pages can be had again from a start-up
     * cache of the JVM.
     */
    static @Nullable Mapping ofCache(String line) {
      if (!line.endsWith(".aot") || !line.contains(" r--p ")) {
        return null;
      }
      int dash = line.indexOf('-');
      long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
      long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
      return new Mapping(start, end - start);
    }
  }

  /**
   * Gives back to the kernel what malloc holds free, and the pages of the JVM's start-up cache that
   * are as in its file: these are read again when they are touched, mostly from the kernel's cache.
   * Takes some milliseconds. Thread-safe.
   *
   * @param mappings the lines of {@code /proc/self/smaps} as they are now
   */
  public static void giveBack(Iterator<String> mappings) {
    trim();
    for (Mapping mapping : unchangedCache(mappings)) {
      try (Syscalls sys = new Syscalls()) {
        sys.call(SystemCall.MADVISE, mapping.address, mapping.bytes, MADV_DONTNEED, 0, 0);
      }
    }
  }

  /** A page that was written to is anonymous from then on, and its file does not have it. */
  private static List<Mapping> unchangedCache(Iterator<String> lines) {
    List<Mapping> unchanged = new ArrayList<>();
    Mapping current = null;
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.indexOf(' ') < line.indexOf(':')) {
        current = Mapping.ofCache(line);
      } else if (current != null && line.matches("Anonymous: +0 kB")) {
        unchanged.add(current);
      }
    }
    return unchanged;
  }

  /** Does nothing with a C library that cannot. */
  private static void trim() {
    if (TRIM.isPresent()) {
      try {
        int ignored = (int) TRIM.get().invokeExact(0L);
      } catch (Throwable e) {
        throw new IllegalStateException("malloc_trim", e);
      }
    }
  }
}
