package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.nima.rpc.wire.MoveDrop;
import org.realize.nima.rpc.wire.MoveList;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Pieces;
import org.realize.sync.pin.DropOutcome;

/** An arena of a peer as a source of a move. Thread-safe. */
public final class PeerSource implements MoveSource, AutoCloseable {

  /** Files of one message take so many bytes, and one more file, at most. */
  private static final int DROP_PART_BYTES = 512 << 10;

  private final MoveChannel channel;
  private final MoveDrop drop;

  /**
   * A source.
   *
   * @param drop what its files are given up for
   */
  PeerSource(MoveChannel channel, MoveDrop drop) {
    this.channel = channel;
    this.drop = drop;
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
    for (byte[] part : channel.step("list", channel.method().setList(list))) {
      try {
        MovedFiles message = MovedFiles.parseFrom(part);
        files.addAll(MoveCodec.decode(message));
        totalFiles = message.getTotalFiles();
        totalBytes = message.getTotalBytes();
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw channel.broken("list", String.valueOf(e.getMessage()));
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
    MoveMethod.Builder method = channel.method().setRead(MoveCodec.encode(file, range));
    boolean packs = channel.way().packing().packs();
    long start = channel.way().time().monotonicNanos();
    byte[] bytes = packs ? readPacked(method) : readPlain(method);
    channel
        .way()
        .packing()
        .note(packs, bytes.length, channel.way().time().monotonicNanos() - start);
    if (bytes.length != range.lengthBytes()) {
      throw channel.broken("read", bytes.length + " bytes of " + range.lengthBytes());
    }
    return bytes;
  }

  private byte[] readPlain(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    byte[] bytes = channel.onlyPart("read", channel.step("read", method));
    channel.way().pass(bytes.length);
    return bytes;
  }

  private byte[] readPacked(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    List<byte[]> parts = channel.step("read", method.setPacking(MovePacking.MOVE_PACKING_ZSTD));
    if (parts.size() != 2 || parts.getFirst().length != 1) {
      throw channel.broken("read", parts.size() + " parts");
    }
    byte[] bytes = parts.getLast();
    channel.way().pass(bytes.length);
    return parts.getFirst()[0] == 1 ? PackedBytes.unpack(bytes, Pieces.MAX_RANGE_BYTES) : bytes;
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return channel.hash(file, range);
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = channel.method().setDiff(MoveCodec.encode(file, range));
    byte[] delta = channel.onlyPart("diff", channel.step("diff", method, signature.encode()));
    channel.way().pass(delta.length);
    return delta;
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files)
      throws RealizeException, InterruptedException {
    List<DropOutcome> outcomes = new ArrayList<>();
    for (MovedFiles.Builder part : MoveCodec.parts(files, DROP_PART_BYTES)) {
      byte[] payload = part.build().toByteArray();
      MoveMethod.Builder method = channel.method().setDrop(drop);
      byte[] answer = channel.onlyPart("drop", channel.step("drop", method, payload));
      try {
        outcomes.addAll(MoveCodec.outcomes(name(), ByteBuffer.wrap(answer)));
      } catch (InvalidProtocolBufferException e) {
        throw channel.broken("drop", String.valueOf(e.getMessage()));
      }
    }
    if (outcomes.size() != files.size()) {
      throw channel.broken("drop", outcomes.size() + " outcomes of " + files.size());
    }
    return outcomes;
  }

  @Override
  public void close() {
    channel.close();
  }
}
