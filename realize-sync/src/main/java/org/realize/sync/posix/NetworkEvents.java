package org.realize.sync.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A netlink socket (rtnetlink(7)) that the kernel wakes when a link or an address of this machine's
 * network namespace changes. {@link #await} belongs to one platform thread, whose carrier it
 * blocks; all else is for any thread.
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
  private static final int HEADER_BYTES = 16;
  private static final short NLMSG_NOOP = 1;

  /** NLM_F_REQUEST, NLM_F_ACK. */
  private static final short ANSWERED_REQUEST = 0x1 | 0x4;

  private static final int BUFFER_BYTES = 32 << 10;

  /** Messages that are taken at once; further ones make the next {@link #await} return. */
  private static final int MOST_MESSAGES = 256;

  private final int socket;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
  private final ReentrantLock reading = new ReentrantLock();
  private volatile boolean closed;

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

  /**
   * Waits for a change, and takes all that has happened by then.
   *
   * @return false if nothing changed in time, or this is closed
   */
  public boolean await(int timeoutMillis) {
    reading.lock();
    try {
      if (closed || MountCalls.poll(socket, timeoutMillis) <= 0 || closed) {
        return false;
      }
      int taken = 0;
      int length = 1;
      while (length > 0 && taken++ < MOST_MESSAGES) {
        length = MountCalls.read(socket, buffer, BUFFER_BYTES); // ENOBUFS: some were lost
      }
      return true;
    } finally {
      reading.unlock();
    }
  }

  /** Ends an {@link #await} that waits, by a message that the kernel answers. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    NativeBuffer message = NativeBuffer.allocate(HEADER_BYTES);
    message.bytes().putInt(0, HEADER_BYTES);
    message.bytes().putShort(4, NLMSG_NOOP);
    message.bytes().putShort(6, ANSWERED_REQUEST);
    MountCalls.write(socket, message, HEADER_BYTES);
    reading.lock();
    try {
      MountCalls.close(socket);
    } finally {
      reading.unlock();
    }
  }
}
