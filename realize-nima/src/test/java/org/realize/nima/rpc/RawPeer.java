package org.realize.nima.rpc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.realize.nima.rpc.wire.FrameHeader.KindCase;
import org.realize.nima.rpc.wire.Goodbye;
import org.realize.sync.testing.ManualTime;

/** The other side of a session, spoken by hand: sends what no honest peer would. */
final class RawPeer {

  private final Wire wire;
  private final FrameReader frames;

  RawPeer(Wire wire, ManualTime time) {
    this.wire = wire;
    this.frames = new FrameReader(wire, time::monotonicNanos);
  }

  void send(Frame frame) throws IOException {
    wire.write(frame.head(), frame.payload().duplicate());
  }

  void sendBytes(byte... bytes) throws IOException {
    wire.write(ByteBuffer.wrap(bytes));
  }

  /** The next frame of this kind; others are passed over. */
  Frame next(KindCase kind) throws IOException {
    while (true) {
      Frame frame = Objects.requireNonNull(frames.next(), "stream ended");
      if (frame.header().getKindCase() == kind) {
        return frame;
      }
    }
  }

  Goodbye goodbye() throws IOException {
    return next(KindCase.GOODBYE).header().getGoodbye();
  }
}
