package org.realize.fuse.kernel;

import java.nio.ByteBuffer;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.FileTimes;

/**
 * The answer to one request, written in place. A handler fills the body and returns its length, a
 * negative errno, or {@link #NONE}. One thread owns it at a time.
 */
final class Reply {

  /** A handler's answer when the kernel wants none now. */
  static final int NONE = Integer.MIN_VALUE;

  static final long KEPT_SECONDS = 3600;

  private static final int PREFERRED_READ_BYTES = 128 << 10;

  private final NativeBuffer buffer;
  private final Owner owner;

  Reply(NativeBuffer buffer, Owner owner) {
    this.buffer = buffer;
    this.owner = owner;
  }

  NativeBuffer buffer() {
    return buffer;
  }

  /**
   * Writes the header of an answer with {@code bodyBytes} or a negative errno; returns the length.
   */
  int seal(long unique, int bodyBytes) {
    int length = Protocol.OUT_HEADER_BYTES + Math.max(bodyBytes, 0);
    buffer.bytes().putInt(0, length).putInt(4, Math.min(bodyBytes, 0)).putLong(8, unique);
    return length;
  }

  /** The body's room for {@code bytes}: position at its start, limit at its end. */
  ByteBuffer room(int bytes) {
    return buffer
        .bytes()
        .limit(Protocol.OUT_HEADER_BYTES + bytes)
        .position(Protocol.OUT_HEADER_BYTES);
  }

  /** The whole buffer again, for absolute access. */
  private ByteBuffer all() {
    return buffer.bytes().clear();
  }

  void putInt(int offset, int value) {
    all().putInt(Protocol.OUT_HEADER_BYTES + offset, value);
  }

  void putLong(int offset, long value) {
    all().putLong(Protocol.OUT_HEADER_BYTES + offset, value);
  }

  void putBytes(int offset, byte[] value) {
    all().put(Protocol.OUT_HEADER_BYTES + offset, value);
  }

  void zero(int offset, int bytes) {
    ByteBuffer all = all();
    int start = Protocol.OUT_HEADER_BYTES + offset;
    int i = 0;
    for (; i + Long.BYTES <= bytes; i += Long.BYTES) {
      all.putLong(start + i, 0);
    }
    for (; i < bytes; i++) {
      all.put(start + i, (byte) 0);
    }
  }

  /** How long the kernel may keep names and attributes of an inode: it is notified of changes. */
  static long keptSeconds(Inode inode) {
    return inode.isTransient() ? 0 : KEPT_SECONDS;
  }

  /** As the other, of attributes: those of a file that is being changed are not kept. */
  static long keptSeconds(Attributes attributes) {
    return attributes.isLive() ? 0 : keptSeconds(attributes.inode());
  }

  /** The answer to LOOKUP, at {@code offset}: node, times to keep it, attributes. */
  int entry(int offset, Attributes attributes) {
    ByteBuffer all = all();
    int at = Protocol.OUT_HEADER_BYTES + offset;
    all.putLong(at, attributes.inode().value())
        .putLong(at + 8, 0)
        .putLong(at + 16, keptSeconds(attributes.inode()))
        .putLong(at + 24, keptSeconds(attributes))
        .putLong(at + 32, 0);
    attributes(offset + 40, attributes);
    return Protocol.ENTRY_BYTES;
  }

  /** As {@link #entry}, of a name that the kernel is to look up again each time. */
  int passingEntry(Attributes attributes) {
    int bytes = entry(0, attributes);
    putLong(16, 0);
    return bytes;
  }

  /** The answer to LOOKUP of a name that is not there, which the kernel may remember. */
  int absentEntry(Inode directory) {
    zero(0, Protocol.ENTRY_BYTES);
    putLong(16, keptSeconds(directory));
    return Protocol.ENTRY_BYTES;
  }

  /**
   * The answer to GETXATTR and LISTXATTR of a program with {@code room} bytes; 0 asks for the
   * length only.
   */
  int value(byte[] value, int room) {
    if (room == 0) {
      putInt(0, value.length);
      putInt(4, 0);
      return Long.BYTES;
    }
    if (value.length > room) {
      return -Errno.ERANGE;
    }
    putBytes(0, value);
    return value.length;
  }

  /** The answer to GETATTR and SETATTR. */
  int attributes(Attributes attributes) {
    putLong(0, keptSeconds(attributes));
    putLong(8, 0);
    attributes(16, attributes);
    return 16 + Protocol.ATTRIBUTE_BYTES;
  }

  /** Writes struct fuse_attr at {@code offset} of the body. */
  private void attributes(int offset, Attributes attributes) {
    ByteBuffer all = all();
    int at = Protocol.OUT_HEADER_BYTES + offset;
    FileTimes times = attributes.times();
    FileOwner given = attributes.owner();
    all.putLong(at, attributes.inode().value())
        .putLong(at + 8, attributes.sizeBytes())
        .putLong(at + 16, attributes.blocks())
        .putLong(at + 24, times.accessed().seconds())
        .putLong(at + 32, times.modified().seconds())
        .putLong(at + 40, times.changed().seconds())
        .putInt(at + 48, times.accessed().nanos())
        .putInt(at + 52, times.modified().nanos())
        .putInt(at + 56, times.changed().nanos())
        .putInt(at + 60, mode(attributes))
        .putInt(at + 64, attributes.links())
        .putInt(at + 68, given.uid() < 0 ? owner.uid() : given.uid())
        .putInt(at + 72, given.gid() < 0 ? owner.gid() : given.gid())
        .putInt(at + 76, attributes.device())
        .putInt(at + 80, PREFERRED_READ_BYTES)
        .putInt(at + 84, 0);
  }

  private static int mode(Attributes attributes) {
    return attributes.kind().modeBits() | (attributes.mode() & 07777);
  }

  /** Writes the answer to STATX: times to keep the attributes, and "struct fuse_statx". */
  int statx(Attributes attributes) {
    zero(0, Protocol.Statx.BYTES);
    FileTimes times = attributes.times();
    FileOwner given = attributes.owner();
    int device = attributes.device();
    putLong(0, keptSeconds(attributes));
    int at = Protocol.Statx.STAT;
    FileTime born = times.born();
    putInt(at, Protocol.Statx.BASIC | (born == null ? 0 : Protocol.Statx.BIRTH_TIME));
    putInt(at + 4, PREFERRED_READ_BYTES);
    putInt(at + 16, attributes.links());
    putInt(at + 20, given.uid() < 0 ? owner.uid() : given.uid());
    putInt(at + 24, given.gid() < 0 ? owner.gid() : given.gid());
    putInt(at + 28, mode(attributes)); // and the two bytes after it
    putLong(at + 32, attributes.inode().value());
    putLong(at + 40, attributes.sizeBytes());
    putLong(at + 48, attributes.blocks());
    time(at + 64, times.accessed());
    if (born != null) {
      time(at + 80, born);
    }
    time(at + 96, times.changed());
    time(at + 112, times.modified());
    putInt(at + 128, device >>> 8 & 0xfff);
    putInt(at + 132, (device & 0xff) | (device >>> 12 & 0xfff00));
    return Protocol.Statx.BYTES;
  }

  private void time(int offset, FileTime time) {
    putLong(offset, time.seconds());
    putInt(offset + 8, time.nanos());
  }

  /** Writes struct fuse_dirent at {@code offset} and pads it; returns the offset behind it. */
  int dirent(int offset, long inode, long next, int type, byte[] name) {
    ByteBuffer all = all();
    int at = Protocol.OUT_HEADER_BYTES + offset;
    int end = offset + direntBytes(name.length);
    all.putLong(Protocol.OUT_HEADER_BYTES + end - Long.BYTES, 0);
    all.putLong(at, inode).putLong(at + 8, next).putInt(at + 16, name.length).putInt(at + 20, type);
    all.put(at + Protocol.DIRENT_BYTES, name);
    return end;
  }

  static int direntBytes(int nameBytes) {
    return (Protocol.DIRENT_BYTES + nameBytes + 7) & ~7;
  }
}
