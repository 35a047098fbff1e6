package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.realize.sync.model.RealizeException;

/**
 * The answer to a call for contents: one stream over parts of {@value #PART_BYTES} bytes, so that a
 * part holds many small contents. Used by one thread.
 */
final class ContentsWriter {

  /** Code of a content that follows whole. */
  static final int WHOLE = 0;

  static final int MAX_MESSAGE_BYTES = 2_000;

  private static final int PART_BYTES = 256 << 10;

  private final IncomingCall call;
  private ByteBuffer part = ByteBuffer.allocate(PART_BYTES);

  ContentsWriter(IncomingCall call) {
    this.call = call;
  }

  void whole(byte[] content) throws RealizeException, InterruptedException {
    put(new byte[] {WHOLE});
    put(content);
  }

  void failure(RealizeException cause) throws RealizeException, InterruptedException {
    byte[] text = cause.oneLine().getBytes(StandardCharsets.UTF_8);
    byte[] message = Arrays.copyOf(text, Math.min(text.length, MAX_MESSAGE_BYTES));
    ByteBuffer head = ByteBuffer.allocate(3);
    head.put((byte) FailureCodes.toCode(cause).getNumber()).putShort((short) message.length);
    put(head.array());
    put(message);
  }

  /** Sends the last part. */
  void finish() throws RealizeException, InterruptedException {
    if (part.position() > 0) {
      call.send(part.flip());
    }
  }

  private void put(byte[] bytes) throws RealizeException, InterruptedException {
    int at = 0;
    while (at < bytes.length) {
      int length = Math.min(bytes.length - at, part.remaining());
      part.put(bytes, at, length);
      at += length;
      if (!part.hasRemaining()) {
        call.send(part.flip());
        part = ByteBuffer.allocate(PART_BYTES);
      }
    }
  }
}
