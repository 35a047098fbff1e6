package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.ProtocolBroken;

/** The answer to a call for contents as it arrives, see {@link ContentsWriter}. For one thread. */
final class ContentsReader {

  private final OutgoingCall call;
  private ByteBuffer part = Frame.NOTHING;

  ContentsReader(OutgoingCall call) {
    this.call = call;
  }

  /** The code of the next content. */
  int code() throws RealizeException, InterruptedException {
    return Byte.toUnsignedInt(take(1).get());
  }

  /** The failure that follows a code other than {@link ContentsWriter#WHOLE}. */
  RealizeException failure(int code) throws RealizeException, InterruptedException {
    int length = Short.toUnsignedInt(take(2).getShort());
    if (length > ContentsWriter.MAX_MESSAGE_BYTES) {
      throw new ProtocolBroken("a message of " + length + " bytes");
    }
    String message = StandardCharsets.UTF_8.decode(take(length)).toString().replace('\n', ' ');
    FailureCode known = FailureCode.forNumber(code);
    return FailureCodes.toException(
        known == null ? FailureCode.FAILURE_UNSPECIFIED : known, message);
  }

  /** The next bytes, in place where one part holds them. */
  ByteBuffer take(int length) throws RealizeException, InterruptedException {
    if (length <= part.remaining()) {
      ByteBuffer bytes = part.slice(part.position(), length);
      part.position(part.position() + length);
      return bytes;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (!part.hasRemaining()) {
        part = nextPart();
      }
      int count = Math.min(bytes.remaining(), part.remaining());
      bytes.put(bytes.position(), part, part.position(), count).position(bytes.position() + count);
      part.position(part.position() + count);
    }
    return bytes.flip();
  }

  private ByteBuffer nextPart() throws RealizeException, InterruptedException {
    ByteBuffer next = call.next();
    if (next == null || !next.hasRemaining()) {
      throw new ProtocolBroken(next == null ? "ended early" : "an empty part");
    }
    return next;
  }

  /** Checks that nothing more comes. */
  void end() throws RealizeException, InterruptedException {
    if (part.hasRemaining() || call.next() != null) {
      throw new ProtocolBroken("more than was asked for");
    }
  }
}
