package org.realize.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NativeBuffer;
import org.realize.sync.view.Caller;

/**
 * One request of the kernel, read in place; a reader thread owns it and fills it again and again.
 */
final class Request {

  private final NativeBuffer buffer;
  private int lengthBytes;

  Request(int capacityBytes) {
    buffer = NativeBuffer.allocate(capacityBytes);
  }

  /** The same request in memory of its own, for another thread. */
  Request copy() {
    Request copy = new Request(lengthBytes);
    copy.lengthBytes = lengthBytes;
    copy.buffer.bytes().put(0, buffer.bytes(), 0, lengthBytes);
    return copy;
  }

  NativeBuffer buffer() {
    return buffer;
  }

  int capacityBytes() {
    return buffer.bytes().capacity();
  }

  /** Says that a request of this length has been read; false when it is no whole request. */
  boolean filled(int bytes) {
    lengthBytes = bytes;
    return bytes >= Protocol.IN_HEADER_BYTES && buffer.bytes().getInt(0) == bytes;
  }

  int opcode() {
    return buffer.bytes().getInt(4);
  }

  long unique() {
    return buffer.bytes().getLong(8);
  }

  /** The number of the node that the request is about, 0 for none. */
  long node() {
    return buffer.bytes().getLong(16);
  }

  Inode inode() throws RealizeException {
    return inode(node());
  }

  static Inode inode(long node) throws RealizeException {
    if (node < 1) {
      throw new RealizeException.NotFound("node " + node);
    }
    return new Inode(node);
  }

  Caller caller() {
    ByteBuffer bytes = buffer.bytes();
    return new Caller(bytes.getInt(24), bytes.getInt(28), bytes.getInt(32));
  }

  /** The thread that asks, as in {@link #caller}. */
  int thread() {
    return buffer.bytes().getInt(32);
  }

  int bodyInt(int offset) {
    return buffer.bytes().getInt(Protocol.IN_HEADER_BYTES + offset);
  }

  long bodyLong(int offset) {
    return buffer.bytes().getLong(Protocol.IN_HEADER_BYTES + offset);
  }

  /** The {@code bytes} of the body from {@code offset} on, without a copy. */
  ByteBuffer slice(int offset, int bytes) {
    Objects.checkFromIndexSize(offset, bytes, lengthBytes - Protocol.IN_HEADER_BYTES);
    return buffer.bytes().slice(Protocol.IN_HEADER_BYTES + offset, bytes);
  }

  /** Length of the NUL-terminated text at {@code offset} of the body. */
  int textBytes(int offset) {
    ByteBuffer bytes = buffer.bytes();
    int start = Protocol.IN_HEADER_BYTES + offset;
    int end = start;
    while (end < lengthBytes && bytes.get(end) != 0) {
      end++;
    }
    return end - start;
  }

  /** The new name at {@code offset} of the body: EILSEQ when it is not UTF-8. */
  String newName(int offset) throws RealizeException {
    if (textBytes(offset) > Protocol.MAX_NAME_BYTES) {
      throw new RealizeException.CallFailed("name", Errno.ENAMETOOLONG);
    }
    return text(offset).orElseThrow(() -> new RealizeException.CallFailed("name", Errno.EILSEQ));
  }

  /** The name at {@code offset} of the body, which must be there: ENOENT when it is not UTF-8. */
  String knownName(int offset) throws RealizeException {
    return text(offset).orElseThrow(() -> new RealizeException.CallFailed("name", Errno.ENOENT));
  }

  /** The NUL-terminated text at {@code offset} of the body; empty when it is not UTF-8. */
  Optional<String> text(int offset) {
    byte[] raw = new byte[textBytes(offset)];
    buffer.bytes().get(Protocol.IN_HEADER_BYTES + offset, raw);
    String text = new String(raw, StandardCharsets.UTF_8);
    boolean suspicious = text.indexOf('\uFFFD') >= 0;
    if (suspicious && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), raw)) {
      return Optional.empty();
    }
    return Optional.of(text);
  }
}
