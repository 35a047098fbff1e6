package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/** The dispositions of signals that this process has inherited. */
public final class Signals {

  public static final int HANG_UP = 1;

  private static final long IGNORED = 1;
  private static final int ACTION_BYTES = 32;
  private static final int SET_BYTES = 8;

  private Signals() {}

  /**
   * Gives a signal that the process ignores its default effect again, and returns whether it was
   * ignored. The JVM installs no handler for a signal that is ignored, as SIGHUP is in a process
   * that nohup(1) has started.
   */
  public static boolean heed(int signal) {
    try (Syscalls sys = new Syscalls()) {
      MemorySegment action = sys.memory(ACTION_BYTES);
      int asked = sys.call(SystemCall.RT_SIGACTION, signal, 0, action.address(), SET_BYTES, 0);
      if (asked < 0 || action.get(JAVA_LONG, 0) != IGNORED) {
        return false;
      }
      long usual = sys.memory(ACTION_BYTES).fill((byte) 0).address();
      return sys.call(SystemCall.RT_SIGACTION, signal, usual, 0, SET_BYTES, 0) == 0;
    }
  }
}
