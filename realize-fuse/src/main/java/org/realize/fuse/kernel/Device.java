package org.realize.fuse.kernel;

import java.util.ArrayList;
import java.util.List;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.MountCalls;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.posix.Syscalls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's side of one mount: the descriptor of {@code /dev/fuse} and its clones, one a reader.
 * An answer goes to the channel that its request came from. Safe for all threads until {@link
 * #close}, which only follows the end of all who use it.
 */
final class Device {

  private static final Logger LOG = LoggerFactory.getLogger(Device.class);
  private static final String FILE = "/dev/fuse";

  private final List<Integer> channels;

  private Device(List<Integer> channels) {
    this.channels = List.copyOf(channels);
  }

  /** Opens a descriptor that is not yet mounted, or −errno. */
  static int open() {
    return MountCalls.open(FILE, Syscalls.O_RDWR);
  }

  /**
   * With {@code readers} channels: clones of {@code mounted}, or itself again where cloning is
   * refused.
   */
  static Device of(int mounted, int readers) {
    List<Integer> channels = new ArrayList<>();
    channels.add(mounted);
    for (int i = 1; i < readers; i++) {
      channels.add(clone(mounted));
    }
    return new Device(channels);
  }

  private static int clone(int mounted) {
    int fresh = open();
    if (fresh < 0) {
      return mounted;
    }
    NativeBuffer argument = NativeBuffer.allocate(Integer.BYTES);
    argument.bytes().putInt(0, mounted);
    if (MountCalls.ioctl(fresh, Protocol.Control.CLONE, argument) < 0) {
      MountCalls.close(fresh);
      return mounted;
    }
    return fresh;
  }

  List<Integer> channels() {
    return channels;
  }

  /** Waits for a request; its length, or −errno: ENODEV once unmounted. */
  int read(int channel, Request request) {
    return MountCalls.read(channel, request.buffer(), request.capacityBytes());
  }

  /** True when a request or the end can be read within the time. */
  boolean isReadable(int timeoutMillis) {
    return MountCalls.poll(channels.getFirst(), timeoutMillis) > 0;
  }

  /** Writes an answer; false when the kernel no longer wants it. */
  boolean write(int channel, NativeBuffer buffer, int lengthBytes) {
    int written = MountCalls.write(channel, buffer, lengthBytes);
    if (written < 0 && written != -Errno.ENOENT && written != -Errno.ENODEV) {
      LOG.warn("Answer of {} bytes to the kernel refused: {}", lengthBytes, Errno.text(-written));
    }
    return written >= 0;
  }

  /**
   * Asks that an interrupt whose request is not found be sent again: the kernel sends it as soon as
   * the request was read, maybe by another reader that has not begun it. The request's channel is
   * not known, the others say ENOENT.
   */
  void postponeInterrupt(long unique, NativeBuffer buffer) {
    buffer.bytes().clear();
    buffer.bytes().putInt(0, Protocol.OUT_HEADER_BYTES).putInt(4, -Errno.EAGAIN).putLong(8, unique);
    for (int channel : channels) {
      if (MountCalls.write(channel, buffer, Protocol.OUT_HEADER_BYTES) >= 0) {
        return;
      }
    }
  }

  /** Tells the kernel something unasked; 0 or −errno: ENOENT when it does not know the node. */
  int notify(NativeBuffer message, int code, int lengthBytes) {
    message.bytes().putInt(0, lengthBytes).putInt(4, code).putLong(8, 0);
    return Math.min(0, MountCalls.write(channels.getFirst(), message, lengthBytes));
  }

  /**
   * Registers an open local file for passthrough; its id, or −errno. The descriptor may be closed.
   */
  int openBacking(int descriptor) {
    NativeBuffer map = NativeBuffer.allocate(16);
    map.bytes().putInt(0, descriptor);
    return MountCalls.ioctl(channels.getFirst(), Protocol.Control.BACKING_OPEN, map);
  }

  void closeBacking(int id) {
    NativeBuffer argument = NativeBuffer.allocate(Integer.BYTES);
    argument.bytes().putInt(0, id);
    int result = MountCalls.ioctl(channels.getFirst(), Protocol.Control.BACKING_CLOSE, argument);
    if (result < 0 && result != -Errno.ENODEV && result != -Errno.EPERM) {
      LOG.debug("Backing file {} not closed: {}", id, Errno.text(-result));
    }
  }

  void close() {
    channels.stream().distinct().forEach(MountCalls::close);
  }
}
