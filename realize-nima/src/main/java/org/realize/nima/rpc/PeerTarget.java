package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Supplier;
import org.realize.nima.rpc.wire.MoveEngage;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.nima.rpc.wire.MoveRole;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;

/** An arena of a peer as the target of a move. Thread-safe. */
public final class PeerTarget extends PeerEnd implements MoveTarget {

  PeerTarget(PeerName peer, ArenaName arena, Way way, Supplier<Optional<ConnectedPeer>> link) {
    super(peer, arena, MoveEngage.newBuilder().setRole(MoveRole.MOVE_ROLE_TARGET), way, link);
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setProgress(MoveCodec.encode(file));
    byte[] answer = ask("look at", method);
    try {
      return MoveCodec.progress(ByteBuffer.wrap(answer));
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw broken("look at", String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setSend(MoveCodec.encode(path, offset));
    boolean packs = way().packing().packs();
    long start = way().time().monotonicNanos();
    Optional<byte[]> packed = packs ? PackedBytes.pack(bytes) : Optional.empty();
    if (packed.isPresent()) {
      method.setPacking(MovePacking.MOVE_PACKING_ZSTD);
    }
    byte[] sent = packed.orElse(bytes);
    way().pass(sent.length);
    step("write", method, sent);
    way().packing().note(packs, bytes.length, way().time().monotonicNanos() - start);
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes)
      throws RealizeException, InterruptedException {
    step("truncate", method().setTruncate(MoveCodec.encode(path, sizeBytes)));
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    return ask("hash", method().setHashPartial(MoveCodec.encode(path, range)));
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setSignature(MoveCodec.encode(path, range));
    return Signature.decode(ask("sign", method));
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    way().pass(delta.length);
    step("apply a delta", method().setApplyDelta(MoveCodec.encode(path, range)), delta);
  }

  @Override
  public void begin(MovedFile file) throws RealizeException, InterruptedException {
    step("begin", method().setBegin(MoveCodec.encode(file)));
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    step("finish", method().setFinish(MoveCodec.encode(file)));
  }

  @Override
  public void settle(MovedFile file) throws RealizeException, InterruptedException {
    step("make durable", method().setSettle(MoveCodec.encode(file)));
  }
}
