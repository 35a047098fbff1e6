package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.realize.nima.rpc.wire.MoveDrop;
import org.realize.nima.rpc.wire.MoveEngage;
import org.realize.nima.rpc.wire.MoveList;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.nima.rpc.wire.MoveRole;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Pieces;
import org.realize.sync.pin.DropOutcome;

/** An arena of a peer as a source of a move. Thread-safe. */
public final class PeerSource extends PeerEnd implements MoveSource {

  /** Files of one message take so many bytes, and one more file, at most. */
  private static final int DROP_PART_BYTES = 512 << 10;

  private final MoveDrop drop;

  /**
   * A source.
   *
   * @param target the store that its files are given up for, as bytes; none for a plain directory
   */
  PeerSource(
      PeerName peer,
      ArenaName arena,
      ByteString target,
      Way way,
      Supplier<Optional<ConnectedPeer>> link) {
    super(
        peer,
        arena,
        MoveEngage.newBuilder().setRole(MoveRole.MOVE_ROLE_SOURCE).setTarget(target),
        way,
        link);
    this.drop = MoveDrop.newBuilder().setTarget(target).build();
  }

  @Override
  public Page list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    MoveList.Builder list = MoveList.newBuilder().setMax(Math.min(max, InboundMoves.MAX_FILES));
    after.ifPresent(path -> list.setAfter(path.toString()));
    return list(list);
  }

  private Page list(MoveList.Builder list) throws RealizeException, InterruptedException {
    List<MovedFile> files = new ArrayList<>();
    long totalFiles = 0;
    long totalBytes = 0;
    for (byte[] part : step("list", method().setList(list))) {
      try {
        MovedFiles message = MovedFiles.parseFrom(part);
        files.addAll(MoveCodec.decode(message));
        totalFiles = message.getTotalFiles();
        totalBytes = message.getTotalBytes();
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw broken("list", String.valueOf(e.getMessage()));
      }
    }
    return new Page(files, totalFiles, totalBytes);
  }

  @Override
  public Optional<MovedFile> current(RelativePath path)
      throws RealizeException, InterruptedException {
    MoveList.Builder only = MoveList.newBuilder().setMax(1).setOnly(path.toString());
    return list(only).files().stream().filter(file -> file.path().equals(path)).findFirst();
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setRead(MoveCodec.encode(file, range));
    boolean packs = way().packing().packs();
    long start = way().time().monotonicNanos();
    byte[] bytes = packs ? readPacked(method) : readPlain(method);
    way().packing().note(packs, bytes.length, way().time().monotonicNanos() - start);
    if (bytes.length != range.lengthBytes()) {
      throw broken("read", bytes.length + " bytes of " + range.lengthBytes());
    }
    return bytes;
  }

  private byte[] readPlain(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    byte[] bytes = ask("read", method);
    way().pass(bytes.length);
    return bytes;
  }

  private byte[] readPacked(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    List<byte[]> parts = step("read", method.setPacking(MovePacking.MOVE_PACKING_ZSTD));
    if (parts.size() != 2 || parts.getFirst().length != 1) {
      throw broken("read", parts.size() + " parts");
    }
    byte[] bytes = parts.getLast();
    way().pass(bytes.length);
    return parts.getFirst()[0] == 1 ? PackedBytes.unpack(bytes, Pieces.MAX_RANGE_BYTES) : bytes;
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setDiff(MoveCodec.encode(file, range));
    byte[] delta = ask("diff", method, signature.encode());
    way().pass(delta.length);
    return delta;
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    List<DropOutcome> outcomes = new ArrayList<>();
    for (MovedFiles.Builder part : MoveCodec.parts(files, DROP_PART_BYTES)) {
      byte[] payload = part.build().toByteArray();
      MoveMethod.Builder method = method().setDrop(drop);
      byte[] answer = ask("drop", method, payload);
      try {
        outcomes.addAll(MoveCodec.outcomes(name(), ByteBuffer.wrap(answer)));
      } catch (InvalidProtocolBufferException e) {
        throw broken("drop", String.valueOf(e.getMessage()));
      }
    }
    if (outcomes.size() != files.size()) {
      throw broken("drop", outcomes.size() + " outcomes of " + files.size());
    }
    return outcomes;
  }
}
