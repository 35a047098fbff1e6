package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.Syscalls;
import org.realize.sync.posix.ThreadIdentity;
import org.realize.sync.view.Caller;
import org.realize.sync.view.NewMode;

/**
 * The identities of callers for single system calls. A caller's further groups are read from the
 * system and kept for {@value #KEPT_NANOS} ns, of at most {@value #MAX_CALLERS} callers.
 * Thread-safe.
 */
final class CallerIdentity {

  private static final long KEPT_NANOS = 1_000_000_000;
  private static final int MAX_CALLERS = 256;

  /** The groups of one caller. */
  private static final class Groups {
    final int[] ids;
    final long readNanos;

    Groups(int[] ids, long readNanos) {
      this.ids = ids;
      this.readNanos = readNanos;
    }
  }

  private final int user = ThreadIdentity.processUser();
  private final int group = ThreadIdentity.processGroup();

  /** Guarded by this. */
  private final Map<Caller, Groups> groups =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Caller, Groups> eldest) {
          return size() > MAX_CALLERS;
        }
      };

  /** The result of {@code call}, one system call, made as {@code caller}. */
  int as(Syscalls sys, Caller caller, IntSupplier call) throws CallFailed {
    if (user != 0 || (caller.uid() == user && caller.gid() == group)) {
      return call.getAsInt();
    }
    int[] further = groups(caller);
    try (ThreadIdentity _ = ThreadIdentity.assume(sys, caller.uid(), caller.gid(), further)) {
      return call.getAsInt();
    }
  }

  /**
   * As {@link #as}, of a call that makes something with a mode, which it is given. Where this
   * thread can have no umask of its own, the daemon's counts beside the program's.
   */
  int make(Syscalls sys, Caller caller, NewMode mode, IntUnaryOperator call) throws CallFailed {
    return as(
        sys,
        caller,
        () -> {
          int before = ThreadIdentity.setMask(sys, mode.umask());
          if (before < 0) {
            return call.applyAsInt(mode.bits() & ~mode.umask());
          }
          try {
            return call.applyAsInt(mode.bits());
          } finally {
            int ignored = ThreadIdentity.setMask(sys, before);
          }
        });
  }

  private int[] groups(Caller caller) throws CallFailed {
    long now = System.nanoTime();
    synchronized (this) {
      Groups known = groups.get(caller);
      if (known != null && now - known.readNanos < KEPT_NANOS) {
        return known.ids;
      }
    }
    int[] read = read(caller);
    synchronized (this) {
      groups.remove(caller);
      groups.put(caller, new Groups(read, now));
    }
    return read;
  }

  /** None of a thread that this process does not see, or that has ended. */
  private static int[] read(Caller caller) throws CallFailed {
    if (caller.thread() == 0) {
      return new int[0];
    }
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + caller.thread() + "/status"))) {
        if (line.startsWith("Groups:")) {
          return Arrays.stream(line.substring("Groups:".length()).trim().split(" ", -1))
              .filter(each -> !each.isEmpty())
              .mapToInt(Integer::parseUnsignedInt)
              .toArray();
        }
      }
      return new int[0];
    } catch (java.nio.file.NoSuchFileException ended) {
      return new int[0];
    } catch (IOException e) {
      throw new CallFailed("read the groups of thread " + caller.thread(), Errno.EIO);
    }
  }
}
