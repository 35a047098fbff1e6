package org.realize.sync.move;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.realize.sync.model.ByteRange;
import org.realize.sync.port.DiskFile;

/** The bytes of an open file, range by range. */
final class FileBytes {
  private static final int BUFFER_BYTES = 128 << 10;

  private FileBytes() {}

  /** The hash of every piece of a range; of no more than there is. */
  static byte[] hashes(DiskFile open, ByteRange range) throws IOException {
    if (range.lengthBytes() > Pieces.MAX_HASHED_BYTES) {
      throw new IllegalArgumentException("a range of " + range.lengthBytes() + " bytes");
    }
    MessageDigest digest = sha256();
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    for (ByteRange piece : Pieces.within(range)) {
      eachPiece(open, piece, digest::update);
      hashes.writeBytes(digest.digest());
    }
    return hashes.toByteArray();
  }

  static int length(ByteRange range) {
    if (range.lengthBytes() > Pieces.MAX_RANGE_BYTES) {
      throw new IllegalArgumentException("a range of " + range.lengthBytes() + " bytes");
    }
    return (int) range.lengthBytes();
  }

  static byte[] readFully(DiskFile open, ByteRange range) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length(range));
    int count = open.read(bytes, range.startBytes());
    return count == bytes.capacity() ? bytes.array() : Arrays.copyOf(bytes.array(), count);
  }

  /** A receiver of bytes of a range. */
  interface Piece {
    void take(byte[] bytes, int offset, int length) throws IOException;
  }

  static void eachPiece(DiskFile open, ByteRange range, Piece piece) throws IOException {
    byte[] buffer = new byte[Math.min(BUFFER_BYTES, length(range))];
    long at = range.startBytes();
    while (at < range.endBytes()) {
      int wanted = (int) Math.min(buffer.length, range.endBytes() - at);
      int count = open.read(ByteBuffer.wrap(buffer, 0, wanted), at);
      if (count == 0) {
        return;
      }
      piece.take(buffer, 0, count);
      at += count;
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
