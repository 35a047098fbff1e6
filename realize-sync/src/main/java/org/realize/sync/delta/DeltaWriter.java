package org.realize.sync.delta;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Packs copies and literals into deltas of at most {@link Delta#MAX_TARGET_BYTES} each, in the
 * layout that {@link Delta} describes. Not thread-safe.
 */
final class DeltaWriter {
  /** A literal is cut into such pieces, so that reader and writer hash the same ones. */
  private final int pieceBytes;

  private final DeltaEncoder.Sink sink;
  private final StrongHash whole = new StrongHash();
  private final StrongHash piece = new StrongHash();
  private ByteBuffer out;
  private int targetBytes;

  /** Where a copy would begin that goes on with the last one. */
  private long expectedOffset;

  /** A copy that may still grow; none if its length is 0. */
  private long copyOffset;

  private int copyLength;

  DeltaWriter(int pieceBytes, DeltaEncoder.Sink sink) {
    this.pieceBytes = pieceBytes;
    this.sink = sink;
    this.out = ByteBuffer.allocate(64 << 10);
    out.position(Delta.HEADER_BYTES);
  }

  /** The next bytes are these. */
  void literal(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      endCopy();
      int part = Math.min(left, Math.min(pieceBytes, Delta.MAX_TARGET_BYTES - targetBytes));
      require(Delta.MAX_OPERATION_BYTES + part);
      putNumber((long) part << 1);
      out.put(bytes, at, part);
      whole.update(piece.of(bytes, at, part), 0, StrongHash.BYTES);
      at += part;
      left -= part;
      grown(part);
    }
  }

  /** The next bytes are a block of the old ones, of at most a piece, with this SHA-256. */
  void copy(long oldOffset, int length, byte[] hash) throws IOException {
    if (targetBytes + length > Delta.MAX_TARGET_BYTES) {
      endDelta();
    }
    if (copyLength > 0 && oldOffset == copyOffset + copyLength && copyLength % pieceBytes == 0) {
      copyLength += length;
    } else {
      endCopy();
      copyOffset = oldOffset;
      copyLength = length;
    }
    whole.update(hash, 0, StrongHash.BYTES);
    grown(length);
  }

  private void grown(int length) throws IOException {
    targetBytes += length;
    if (targetBytes == Delta.MAX_TARGET_BYTES) {
      endDelta();
    }
  }

  private void endCopy() {
    if (copyLength > 0) {
      require(Delta.MAX_OPERATION_BYTES);
      putNumber(((long) copyLength << 1) | 1);
      long distance = copyOffset - expectedOffset;
      putNumber((distance << 1) ^ (distance >> 63));
      expectedOffset = copyOffset + copyLength;
      copyLength = 0;
    }
  }

  private void endDelta() throws IOException {
    endCopy();
    byte[] encoded = new byte[out.position()];
    out.put(0, Delta.LAYOUT).putInt(1, targetBytes).put(5, whole.end());
    out.get(0, encoded);
    out.position(Delta.HEADER_BYTES);
    targetBytes = 0;
    expectedOffset = 0;
    sink.delta(encoded);
  }

  /** Hands over the last delta; one of no bytes makes none. */
  void finish() throws IOException {
    if (targetBytes > 0) {
      endDelta();
    }
  }

  private void putNumber(long number) {
    long left = number;
    while ((left & ~0x7FL) != 0) {
      out.put((byte) ((left & 0x7F) | 0x80));
      left >>>= 7;
    }
    out.put((byte) left);
  }

  private void require(int bytes) {
    if (out.remaining() < bytes) {
      ByteBuffer larger = ByteBuffer.allocate(Math.max(2 * out.capacity(), out.position() + bytes));
      larger.put(out.flip());
      out = larger;
    }
  }
}
