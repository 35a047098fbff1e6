package org.realize.nima.rpc;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.realize.nima.membership.JoinMessage;

/** The framing of {@code realize-join/1}: the length of a message in two bytes, then its JSON. */
record JoinFrames(Wire wire) {

  /** What both sides of a join agree to speak (ALPN). */
  static final String APPLICATION_PROTOCOL = "realize-join/1";

  void send(JoinMessage message) throws IOException {
    byte[] bytes = message.bytes();
    if (bytes.length > JoinMessage.MAX_ANSWER_BYTES) {
      throw new IOException("message of " + bytes.length + " bytes");
    }
    ByteBuffer head = ByteBuffer.allocate(Short.BYTES).putShort((short) bytes.length).flip();
    wire.write(head, ByteBuffer.wrap(bytes));
  }

  /** Waits for a message of at most {@code maxBytes}. */
  <T extends JoinMessage> T receive(Class<T> type, int maxBytes) throws IOException {
    int length = Short.toUnsignedInt(ByteBuffer.wrap(filled(Short.BYTES)).getShort());
    if (length > maxBytes) {
      throw new IOException("message of " + length + " bytes");
    }
    return JoinMessage.read(filled(length), type);
  }

  private byte[] filled(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; ) {
      int count = wire.read(bytes, at, length - at);
      if (count < 0) {
        throw new EOFException("the other side closed the connection");
      }
      at += count;
    }
    return bytes;
  }
}
