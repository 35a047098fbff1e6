package org.realize.fuse.kernel;

import java.nio.ByteBuffer;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.Inode;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileKind;

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

  /** The answer to LOOKUP of a name that is not there, which the kernel may remember. */
  int absentEntry(Inode directory) {
    zero(0, Protocol.ENTRY_BYTES);
    putLong(16, keptSeconds(directory));
    return Protocol.ENTRY_BYTES;
  }

  /** Writes struct fuse_attr at {@code offset} of the body. */
  void attributes(int offset, Attributes attributes) {
    ByteBuffer all = all();
    int at = Protocol.OUT_HEADER_BYTES + offset;
    long seconds = attributes.mtime().seconds();
    int nanos = attributes.mtime().nanos();
    all.putLong(at, attributes.inode().value())
        .putLong(at + 8, attributes.sizeBytes())
        .putLong(at + 16, attributes.blocks())
        .putLong(at + 24, seconds)
        .putLong(at + 32, seconds)
        .putLong(at + 40, seconds)
        .putInt(at + 48, nanos)
        .putInt(at + 52, nanos)
        .putInt(at + 56, nanos)
        .putInt(at + 60, (typeBits(attributes.kind()) << 12) | (attributes.mode() & 07777))
        .putInt(at + 64, attributes.links())
        .putInt(at + 68, owner.uid())
        .putInt(at + 72, owner.gid())
        .putInt(at + 76, 0)
        .putInt(at + 80, PREFERRED_READ_BYTES)
        .putInt(at + 84, 0);
  }

  /** What readdir calls d_type; shifted left by 12 it is the type in st_mode. */
  static int typeBits(FileKind kind) {
    return switch (kind) {
      case FILE -> 8;
      case DIRECTORY -> 4;
      case LINK -> 10;
    };
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
