package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * The user, groups and umask by which the calling thread uses file systems. They are the kernel's,
 * of one thread: between {@link #assume} and {@link #close} it makes system calls and nothing that
 * could move a virtual thread to another carrier, as a wait or a lock.
 *
 * <p>A process of root takes any identity; it leaves its capabilities on files, and the one to use
 * more than others, behind. Any other process keeps its own.
 */
public final class ThreadIdentity implements AutoCloseable {

  private static final int CLONE_FS = 0x200;
  private static final int CAPABILITIES_3 = 0x2008_0522;
  private static final int CAP_SYS_RESOURCE = 24;
  private static final int MAX_GROUPS = 65_536;
  private static final long INVALID = 0xffffffffL;

  private final Syscalls sys;
  private final int uid;
  private final int gid;
  private final int[] groups;
  private MemorySegment capabilities = MemorySegment.NULL;

  private ThreadIdentity(Syscalls sys, int uid, int gid) {
    this.sys = sys;
    this.uid = uid;
    this.gid = gid;
    this.groups = groups(sys);
  }

  /** The user of this process. */
  public static int processUser() {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.GETEUID, 0, 0, 0, 0, 0);
    }
  }

  /** The group of this process. */
  public static int processGroup() {
    try (Syscalls sys = new Syscalls()) {
      return sys.call(SystemCall.GETEGID, 0, 0, 0, 0, 0);
    }
  }

  /**
   * Sets the umask of the calling thread alone, and returns the one before; a negated errno where
   * the system does not allow it one of its own.
   */
  public static int setMask(Syscalls sys, int umask) {
    int alone = sys.call(SystemCall.UNSHARE, CLONE_FS, 0, 0, 0, 0);
    return alone < 0 ? alone : sys.call(SystemCall.UMASK, umask, 0, 0, 0, 0);
  }

  /**
   * Takes the identity of a user, from a process of root.
   *
   * @param groups the further groups
   */
  public static ThreadIdentity assume(Syscalls sys, int user, int group, int[] groups) {
    ThreadIdentity before =
        new ThreadIdentity(
            sys,
            sys.call(SystemCall.GETEUID, 0, 0, 0, 0, 0),
            sys.call(SystemCall.GETEGID, 0, 0, 0, 0, 0));
    try {
      before.setGroups(groups);
      before.setUser(SystemCall.SETFSGID, group);
      if (user != before.uid) {
        before.leaveReserve();
        before.setUser(SystemCall.SETFSUID, user);
      }
      return before;
    } catch (IllegalStateException e) {
      before.close();
      throw e;
    }
  }

  private static int[] groups(Syscalls sys) {
    int count = sys.call(SystemCall.GETGROUPS, 0, 0, 0, 0, 0);
    int[] groups = new int[Math.clamp(count, 0, MAX_GROUPS)];
    if (groups.length > 0) {
      MemorySegment list = sys.memory(4L * groups.length);
      require(sys.call(SystemCall.GETGROUPS, groups.length, list.address(), 0, 0, 0), "getgroups");
      MemorySegment.copy(list, JAVA_INT, 0, groups, 0, groups.length);
    }
    return groups;
  }

  private void setGroups(int[] wanted) {
    MemorySegment list = sys.memory(Math.max(4, 4L * wanted.length));
    MemorySegment.copy(wanted, 0, list, JAVA_INT, 0, wanted.length);
    require(sys.call(SystemCall.SETGROUPS, wanted.length, list.address(), 0, 0, 0), "setgroups");
  }

  /** The call returns the id before and no error: asking again, for none, shows what it did. */
  private void setUser(SystemCall call, int id) {
    long ignored = sys.longCall(call, id & INVALID, 0, 0, 0, 0);
    long now = sys.longCall(call, INVALID, 0, 0, 0, 0);
    if ((int) now != id) {
      throw new IllegalStateException(call + " to " + (id & INVALID) + ": it stays " + now);
    }
  }

  /** Quotas and reserves of file systems count. */
  private void leaveReserve() {
    MemorySegment header = sys.memory(8);
    header.set(JAVA_INT, 0, CAPABILITIES_3);
    capabilities = sys.memory(24);
    require(
        sys.call(SystemCall.CAPGET, header.address(), capabilities.address(), 0, 0, 0), "capget");
    MemorySegment fewer = sys.memory(24).copyFrom(capabilities);
    fewer.set(JAVA_INT, 0, fewer.get(JAVA_INT, 0) & ~(1 << CAP_SYS_RESOURCE));
    require(sys.call(SystemCall.CAPSET, header.address(), fewer.address(), 0, 0, 0), "capset");
  }

  private static void require(int result, String call) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + Errno.text(-result));
    }
  }

  /** Takes the identity of the process again. */
  @Override
  public void close() {
    setUser(SystemCall.SETFSUID, uid);
    if (!capabilities.equals(MemorySegment.NULL)) {
      MemorySegment header = sys.memory(8);
      header.set(JAVA_INT, 0, CAPABILITIES_3);
      require(
          sys.call(SystemCall.CAPSET, header.address(), capabilities.address(), 0, 0, 0), "capset");
    }
    setUser(SystemCall.SETFSGID, gid);
    setGroups(groups);
  }
}
