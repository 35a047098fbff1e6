package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import org.realize.nima.rpc.wire.Cancel;
import org.realize.nima.rpc.wire.Credit;
import org.realize.nima.rpc.wire.Data;
import org.realize.nima.rpc.wire.End;
import org.realize.nima.rpc.wire.Failure;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.FrameHeader;
import org.realize.nima.rpc.wire.Goodbye;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Hello;
import org.realize.nima.rpc.wire.HelloFollows;
import org.realize.nima.rpc.wire.Ping;
import org.realize.nima.rpc.wire.Pong;
import org.realize.nima.rpc.wire.Request;

/**
 * A unit of the wire: a small header and, for some kinds, raw bytes, which are not copied. The
 * caller that made the frame must not change the payload afterwards.
 */
record Frame(FrameHeader header, ByteBuffer payload) {

  /** Two bytes header length, four bytes payload length, both big-endian. */
  static final int PREFIX_BYTES = 6;

  private static final int MAX_MESSAGE_CHARS = 2000;

  /** No payload. */
  static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private static Frame of(FrameHeader.Builder header) {
    return new Frame(header.build(), NOTHING);
  }

  static Frame hello(Hello hello) {
    return new Frame(
        FrameHeader.newBuilder().setHello(HelloFollows.getDefaultInstance()).build(),
        ByteBuffer.wrap(hello.toByteArray()));
  }

  static Frame request(Request request) {
    return request(request, NOTHING);
  }

  static Frame request(Request request, ByteBuffer payload) {
    return new Frame(FrameHeader.newBuilder().setRequest(request).build(), payload);
  }

  static Frame data(long call, ByteBuffer payload) {
    Data data = Data.newBuilder().setCall(call).build();
    return new Frame(FrameHeader.newBuilder().setData(data).build(), payload);
  }

  static Frame end(long call) {
    return of(FrameHeader.newBuilder().setEnd(End.newBuilder().setCall(call)));
  }

  static Frame failure(long call, FailureCode code, String message) {
    return of(
        FrameHeader.newBuilder()
            .setFailure(
                Failure.newBuilder().setCall(call).setCode(code).setMessage(clipped(message))));
  }

  static Frame cancel(long call) {
    return of(FrameHeader.newBuilder().setCancel(Cancel.newBuilder().setCall(call)));
  }

  static Frame credit(long call, long bytes) {
    return of(
        FrameHeader.newBuilder().setCredit(Credit.newBuilder().setCall(call).setBytes(bytes)));
  }

  static Frame ping(long nonce) {
    return of(FrameHeader.newBuilder().setPing(Ping.newBuilder().setNonce(nonce)));
  }

  static Frame pong(long nonce) {
    return of(FrameHeader.newBuilder().setPong(Pong.newBuilder().setNonce(nonce)));
  }

  static Frame goodbye(GoodbyeReason reason, String message) {
    return of(
        FrameHeader.newBuilder()
            .setGoodbye(Goodbye.newBuilder().setReason(reason).setMessage(clipped(message))));
  }

  private static String clipped(String message) {
    return message.length() <= MAX_MESSAGE_CHARS
        ? message
        : message.substring(0, MAX_MESSAGE_CHARS);
  }

  /** Credit that this frame takes, when it is Data. */
  static int costBytes(int payloadBytes) {
    return payloadBytes + Limits.FRAME_COST_BYTES;
  }

  /** Prefix and header as they travel; the payload follows them. */
  ByteBuffer head() {
    int headerBytes = header.getSerializedSize();
    if (headerBytes > Limits.MAX_HEADER_BYTES || payload.remaining() > Limits.MAX_PAYLOAD_BYTES) {
      throw new IllegalStateException(
          "frame of " + headerBytes + " + " + payload.remaining() + " bytes is too large to send");
    }
    ByteBuffer head = ByteBuffer.allocate(PREFIX_BYTES + headerBytes);
    head.putShort((short) headerBytes).putInt(payload.remaining());
    head.put(header.toByteArray());
    return head.flip();
  }
}
