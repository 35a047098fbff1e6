package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A netlink socket (rtnetlink(7)) that keeps what the kernel says when a link or an address of this
 * machine's network namespace changes. For any thread; no call waits.
 */
public final class NetworkEvents implements AutoCloseable {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 02000000;
  private static final int SOCK_NONBLOCK = 04000;
  private static final int NETLINK_ROUTE = 0;

  /** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. */
  private static final int GROUPS = 0x1 | 0x10 | 0x100;

  private static final int ADDRESS_BYTES = 12;
  private static final int BUFFER_BYTES = 32 << 10;

  /** Messages that are taken at once; further ones are for the next call. */
  private static final int MOST_MESSAGES = 256;

  private final int socket;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
  private final ReentrantLock reading = new ReentrantLock();

  /** Guarded by {@link #reading}. */
  private boolean closed;

  private NetworkEvents(int socket) {
    this.socket = socket;
  }

  /** Opens a socket; fails where the system gives none, as in some sandboxes. */
  public static NetworkEvents open() throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
      int socket = sys.call(SystemCall.SOCKET, AF_NETLINK, type, NETLINK_ROUTE, 0, 0);
      if (socket < 0) {
        throw new IOException("netlink: " + Errno.text(-socket));
      }
      MemorySegment address = sys.memory(ADDRESS_BYTES);
      address.fill((byte) 0);
      address.set(JAVA_SHORT, 0, (short) AF_NETLINK);
      address.set(JAVA_INT, 8, GROUPS);
      int bound = sys.call(SystemCall.BIND, socket, address.address(), ADDRESS_BYTES, 0, 0);
      if (bound < 0) {
        sys.close(socket);
        throw new IOException("netlink: " + Errno.text(-bound));
      }
      return new NetworkEvents(socket);
    }
  }

  /** Takes all that has happened since the last call; false if nothing has, or this is closed. */
  public boolean take() {
    reading.lock();
    try {
      int taken = 0;
      while (!closed && taken < MOST_MESSAGES) {
        int length = MountCalls.read(socket, buffer, BUFFER_BYTES);
        if (length <= 0 && length != -Errno.ENOBUFS) { // then some were lost
          break;
        }
        taken++;
      }
      return taken > 0;
    } finally {
      reading.unlock();
    }
  }

  @Override
  public void close() {
    reading.lock();
    try {
      if (!closed) {
        closed = true;
        MountCalls.close(socket);
      }
    } finally {
      reading.unlock();
    }
  }
}
