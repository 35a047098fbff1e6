package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.nima.rpc.wire.FailureCode;
import org.realize.nima.rpc.wire.GoodbyeReason;
import org.realize.sync.testing.ManualTime;

class FrameReaderTest {

  private static final int FUZZED_FRAMES = 1_000_000;
  private static final long SEED = 20_260_101;

  private final ManualTime time = new ManualTime();

  private FrameReader reader(ByteBuffer bytes, int pieceBytes) {
    return new FrameReader(new ReceivedBytes(bytes, pieceBytes), time::monotonicNanos);
  }

  private static ByteBuffer encoded(Frame... frames) {
    ByteBuffer all = ByteBuffer.allocate(2 << 20);
    for (Frame frame : frames) {
      all.put(frame.head()).put(frame.payload().duplicate());
    }
    return all.flip();
  }

  private static ByteBuffer prefix(int headerBytes, int payloadBytes) {
    return ByteBuffer.allocate(64).putShort((short) headerBytes).putInt(payloadBytes).flip();
  }

  private static Frame next(FrameReader reader) throws IOException {
    return Objects.requireNonNull(reader.next(), "stream ended");
  }

  @Test
  void next_framesInOneByteReads_comeOutEqual() throws IOException {
    Frame data = Frame.data(3, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    FrameReader reader = reader(encoded(Frame.ping(7), data, Frame.end(3)), 1);

    assertThat(next(reader)).isEqualTo(Frame.ping(7));
    assertThat(next(reader)).isEqualTo(data);
    assertThat(next(reader)).isEqualTo(Frame.end(3));
    assertThat(reader.next()).isNull();
  }

  @Test
  void next_largestFrame_isAccepted() throws IOException {
    Frame frame = Frame.data(1, ByteBuffer.allocate(Limits.MAX_PAYLOAD_BYTES));
    assertThat(next(reader(encoded(frame), 1 << 16))).isEqualTo(frame);
  }

  @Test
  void next_payloadAboveTheBound_isOversized() {
    assertBroken(prefix(4, Limits.MAX_PAYLOAD_BYTES + 1), GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
    assertBroken(prefix(4, -1), GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
  }

  @Test
  void next_headerAboveTheBound_isOversized() {
    assertBroken(prefix(Limits.MAX_HEADER_BYTES + 1, 0), GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
    assertBroken(prefix(0xFFFF, 0), GoodbyeReason.GOODBYE_OVERSIZED_FRAME);
  }

  @Test
  void next_noHeader_isMalformed() {
    assertBroken(prefix(0, 0), GoodbyeReason.GOODBYE_MALFORMED_FRAME);
  }

  @Test
  void next_headerOfNoise_isMalformed() {
    ByteBuffer bytes = ByteBuffer.allocate(64).putShort((short) 3).putInt(0);
    bytes.put(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF});
    assertBroken(bytes.flip(), GoodbyeReason.GOODBYE_MALFORMED_FRAME);
  }

  @Test
  void next_payloadBehindAKindThatCarriesNone_isMalformed() {
    ByteBuffer ping = Frame.ping(1).head();
    ping.putInt(2, 5);
    assertBroken(ping, GoodbyeReason.GOODBYE_MALFORMED_FRAME);
  }

  @Test
  void next_streamCutWithinAFrame_isEndOfFile() {
    ByteBuffer whole = encoded(Frame.data(1, ByteBuffer.allocate(100)));
    for (int length = 1; length < whole.remaining(); length++) {
      FrameReader reader = reader(whole.slice(0, length), 64);
      assertThatThrownBy(reader::next).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void frameSince_betweenAndWithinFrames_tellsSinceWhenOneIsUnderWay() throws IOException {
    FrameReader reader = reader(encoded(Frame.ping(1)), 64);
    next(reader);
    assertThat(reader.frameSince()).isEqualTo(FrameReader.NONE);

    FrameReader cut = reader(encoded(Frame.ping(1)).limit(3), 64);
    assertThatThrownBy(cut::next).isInstanceOf(EOFException.class);
    assertThat(cut.frameSince()).isEqualTo(time.monotonicNanos());
  }

  /** Valid, damaged and invented frames: each comes out equal or ends its stream with a reason. */
  @Test
  void next_aMillionFuzzedFrames_areTakenOrRefusedWithAReason() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    ByteBuffer stream = ByteBuffer.allocate(256 << 10);
    long taken = 0;
    int done = 0;
    while (done < FUZZED_FRAMES) {
      List<Frame> sent = new ArrayList<>();
      stream.clear();
      for (int i = random.nextInt(64); i >= 0; i--) {
        Frame frame = anyFrame(random);
        sent.add(frame);
        stream.put(frame.head()).put(frame.payload().duplicate());
      }
      stream.flip();
      boolean damaged = random.nextInt(4) != 0;
      if (damaged) {
        damage(stream, random);
      }
      List<Frame> received = drain(reader(stream, 1 + random.nextInt(4096)));
      if (!damaged && !received.equals(sent)) {
        throw new AssertionError("seed " + SEED + ", frame " + done + ": frames changed");
      }
      taken += received.size();
      done += sent.size();
    }
    assertThat(taken).isBetween((long) FUZZED_FRAMES / 4, (long) done);
  }

  /** Frames up to the end of the stream or the first that is refused; nothing else is thrown. */
  private static List<Frame> drain(FrameReader reader) throws IOException {
    List<Frame> frames = new ArrayList<>();
    try {
      for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
        frames.add(frame);
      }
    } catch (BrokenProtocol e) {
      assertThat(e.reason()).isNotEqualTo(GoodbyeReason.GOODBYE_UNSPECIFIED);
    } catch (EOFException e) {
      assertThat(e).hasMessageContaining("within a frame");
    }
    return frames;
  }

  private static Frame anyFrame(SplittableRandom random) {
    long call = random.nextLong();
    return switch (random.nextInt(7)) {
      case 0 -> Frame.ping(call);
      case 1 -> Frame.cancel(call);
      case 2 -> Frame.credit(call, random.nextLong());
      case 3 -> Frame.end(call);
      case 4 -> Frame.failure(call, FailureCode.FAILURE_BUSY, "x".repeat(random.nextInt(200)));
      case 5 -> Frame.goodbye(GoodbyeReason.GOODBYE_SHUTDOWN, "bye");
      default -> {
        byte[] payload = new byte[random.nextInt(2048)];
        random.nextBytes(payload);
        yield Frame.data(call, ByteBuffer.wrap(payload));
      }
    };
  }

  private static void damage(ByteBuffer stream, SplittableRandom random) {
    int size = stream.remaining();
    switch (random.nextInt(3)) {
      case 0 -> {
        for (int i = random.nextInt(8); i >= 0; i--) {
          stream.put(random.nextInt(size), (byte) random.nextInt());
        }
      }
      case 1 -> stream.limit(random.nextInt(size));
      default -> {
        byte[] noise = new byte[random.nextInt(size + 1)];
        random.nextBytes(noise);
        stream.put(size - noise.length, noise);
      }
    }
  }

  private void assertBroken(ByteBuffer bytes, GoodbyeReason reason) {
    assertThatThrownBy(() -> reader(bytes, 64).next())
        .isInstanceOfSatisfying(
            BrokenProtocol.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
