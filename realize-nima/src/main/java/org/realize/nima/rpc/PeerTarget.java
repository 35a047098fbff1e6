package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;

/** An arena of a peer as the target of a move. Thread-safe. */
public final class PeerTarget implements MoveTarget, AutoCloseable {

  private final MoveChannel channel;

  PeerTarget(MoveChannel channel) {
    this.channel = channel;
  }

  @Override
  public String name() {
    return channel.name();
  }

  /** Asks the peer for its part in the move; the id of its root. */
  public UUID engage() throws RealizeException, InterruptedException {
    return channel.engage().root();
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return channel.hash(file, range);
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException, InterruptedException {
    MoveMethod.Builder method = channel.method().setProgress(MoveCodec.encode(file));
    byte[] answer = channel.onlyPart("look at", channel.step("look at", method));
    try {
      return MoveCodec.progress(ByteBuffer.wrap(answer));
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw channel.broken("look at", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = channel.method().setSend(MoveCodec.encode(path, offset));
    boolean packs = channel.way().packing().packs();
    long start = channel.way().time().monotonicNanos();
    Optional<byte[]> packed = packs ? PackedBytes.pack(bytes) : Optional.empty();
    if (packed.isPresent()) {
      method.setPacking(MovePacking.MOVE_PACKING_ZSTD);
    }
    byte[] sent = packed.orElse(bytes);
    channel.way().pass(sent.length);
    channel.step("write", method, sent);
    channel
        .way()
        .packing()
        .note(packs, bytes.length, channel.way().time().monotonicNanos() - start);
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes)
      throws RealizeException, InterruptedException {
    channel.step("truncate", channel.method().setTruncate(MoveCodec.encode(path, sizeBytes)));
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    return channel.onlyPart(
        "hash",
        channel.step("hash", channel.method().setHashPartial(MoveCodec.encode(path, range))));
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = channel.method().setSignature(MoveCodec.encode(path, range));
    return Signature.decode(channel.onlyPart("sign", channel.step("sign", method)));
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    channel.way().pass(delta.length);
    channel.step(
        "apply a delta", channel.method().setApplyDelta(MoveCodec.encode(path, range)), delta);
  }

  @Override
  public void begin(MovedFile file) throws RealizeException, InterruptedException {
    channel.step("begin", channel.method().setBegin(MoveCodec.encode(file)));
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    channel.step("finish", channel.method().setFinish(MoveCodec.encode(file)));
  }

  @Override
  public void settle(MovedFile file) throws RealizeException, InterruptedException {
    channel.step("make durable", channel.method().setSettle(MoveCodec.encode(file)));
  }

  @Override
  public void close() {
    channel.close();
  }
}
