package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.FrameHeader;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.nima.rpc.wire.Request;

/**
 * Takes frames off a wire, each checked against its bounds before a byte is allocated for it. Used
 * by one thread; only {@link #frameSince} and {@link #heardNanos} are for others.
 */
final class FrameReader {

  /** No frame is under way. */
  static final long NONE = Long.MIN_VALUE;

  /** The requests that have a payload. */
  private static final Set<Request.MethodCase> CARRYING =
      EnumSet.of(
          Request.MethodCase.MOVE,
          Request.MethodCase.DIFF,
          Request.MethodCase.PIN,
          Request.MethodCase.CONTENTS,
          Request.MethodCase.PURGE,
          Request.MethodCase.MEMBERS);

  private final Wire wire;
  private final LongSupplier nanoTime;
  private final byte[] prefix = new byte[Frame.PREFIX_BYTES];
  private final byte[] header = new byte[Limits.MAX_HEADER_BYTES];
  private volatile long frameSince = NONE;
  private volatile long heardNanos;

  FrameReader(Wire wire, LongSupplier nanoTime) {
    this.wire = wire;
    this.nanoTime = nanoTime;
    heardNanos = nanoTime.getAsLong();
  }

  /**
   * Waits for the next frame; null when the other side ended the stream between frames. Throws
   * {@link BrokenProtocol} for a frame that no peer may send and {@link EOFException} for one cut
   * short.
   */
  @Nullable Frame next() throws IOException {
    int first = wire.read(prefix, 0, prefix.length);
    if (first < 0) {
      return null;
    }
    heardNanos = nanoTime.getAsLong();
    frameSince = heardNanos;
    fill(prefix, first, prefix.length);
    ByteBuffer lengths = ByteBuffer.wrap(prefix);
    int headerBytes = Short.toUnsignedInt(lengths.getShort());
    long payloadBytes = Integer.toUnsignedLong(lengths.getInt());
    check(headerBytes, payloadBytes);
    fill(header, 0, headerBytes);
    FrameHeader parsed = parse(headerBytes, payloadBytes);
    byte[] payload = new byte[(int) payloadBytes];
    fill(payload, 0, payload.length);
    frameSince = NONE;
    return new Frame(parsed, ByteBuffer.wrap(payload));
  }

  private static void check(int headerBytes, long payloadBytes) throws BrokenProtocol {
    if (headerBytes == 0) {
      throw new BrokenProtocol(GoodbyeReason.GOODBYE_MALFORMED_FRAME, "frame without header");
    }
    if (headerBytes > Limits.MAX_HEADER_BYTES || payloadBytes > Limits.MAX_PAYLOAD_BYTES) {
      throw new BrokenProtocol(
          GoodbyeReason.GOODBYE_OVERSIZED_FRAME,
          "frame of " + headerBytes + " + " + payloadBytes + " bytes");
    }
  }

  private FrameHeader parse(int headerBytes, long payloadBytes) throws BrokenProtocol {
    FrameHeader parsed;
    try {
      parsed = FrameHeader.parser().parseFrom(header, 0, headerBytes);
    } catch (InvalidProtocolBufferException e) {
      throw new BrokenProtocol(
          GoodbyeReason.GOODBYE_MALFORMED_FRAME, "header is no FrameHeader: " + e.getMessage());
    }
    boolean mayCarry =
        parsed.hasData()
            || parsed.hasHello()
            || (parsed.hasRequest() && CARRYING.contains(parsed.getRequest().getMethodCase()));
    if (payloadBytes > 0 && !mayCarry) {
      throw new BrokenProtocol(
          GoodbyeReason.GOODBYE_MALFORMED_FRAME, "payload behind a " + parsed.getKindCase());
    }
    return parsed;
  }

  private void fill(byte[] target, int from, int to) throws IOException {
    int at = from;
    while (at < to) {
      int count = wire.read(target, at, to - at);
      if (count < 0) {
        throw new EOFException("stream ended within a frame");
      }
      heardNanos = nanoTime.getAsLong();
      at += count;
    }
  }

  /** When bytes came last, or this was made, in nanoseconds of the clock. */
  long heardNanos() {
    return heardNanos;
  }

  /**
   * When the frame that is under way began, in nanoseconds of the clock; {@link #NONE} without one.
   */
  long frameSince() {
    return frameSince;
  }
}
