package org.realize.nima.rpc;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.nima.rpc.wire.MoveList;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.nima.rpc.wire.MovePart;
import org.realize.nima.rpc.wire.MoveRange;
import org.realize.nima.rpc.wire.MoveWrite;
import org.realize.nima.rpc.wire.MovedFiles;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.ArenaFiles;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MovedFile;

/**
 * Takes one peer's steps of moving files from or to our arenas: each in bounds, and for an arena
 * that the configuration lets it write to at that moment. Thread-safe.
 */
final class InboundMoves {

  static final int MAX_FILES = 1_000;

  /** A part of a listing is sent once it has grown to that. */
  private static final int LIST_PART_BYTES = 256 << 10;

  private static final ByteBuffer AS_IT_IS = ByteBuffer.wrap(new byte[] {0});
  private static final ByteBuffer PACKED = ByteBuffer.wrap(new byte[] {1});

  private final String mover;
  private final MovableArenas arenas;

  InboundMoves(PeerName peer, MovableArenas arenas) {
    this.mover = "peer " + peer;
    this.arenas = arenas;
  }

  /** For an arena that the peer may write to. */
  void handle(IncomingCall call, ArenaName arena, MoveMethod method)
      throws RealizeException, InterruptedException {
    switch (method.getStepCase()) {
      case ENGAGE -> {
        MoveEnd.Role role = MoveCodec.decode(method.getEngage().getRole());
        UUID id = call.interruptibly(() -> arenas.engage(mover, arena, role));
        call.send(ByteBuffer.wrap(WireCodec.bytes(id).toByteArray()));
      }
      case RELEASE -> arenas.release(engagement(method), mover);
      case STEP_NOT_SET -> throw new IllegalArgumentException("no step of a move");
      default -> {
        UUID id = engagement(method);
        try (Engagements.Call _ = arenas.begin(id, mover, arena)) {
          step(call, arenas.files(arena), id, method);
        }
      }
    }
  }

  private static UUID engagement(MoveMethod method) {
    return WireCodec.uuid(method.getEngagement());
  }

  private static void step(IncomingCall call, ArenaFiles files, UUID id, MoveMethod method)
      throws RealizeException, InterruptedException {
    switch (method.getStepCase()) {
      case LIST -> list(call, files, method.getList());
      case READ -> read(call, files, method);
      case HASH -> {
        MoveRange asked = method.getHash();
        send(call, files.hash(file(asked), range(asked, MoveEnd.MAX_HASHED_BYTES)));
      }
      case DIFF -> {
        MoveRange asked = method.getDiff();
        Signature signature = Signature.decode(bytes(call));
        send(call, files.diff(file(asked), range(asked, MoveEnd.MAX_RANGE_BYTES), signature));
      }
      case DELETE -> files.delete(MoveCodec.decode(method.getDelete()), id);
      case PROGRESS -> {
        RelativePath path = MoveCodec.path(method.getProgress().getPath());
        send(call, MoveCodec.encode(files.progress(path)).toByteArray());
      }
      case SEND -> {
        MoveWrite write = method.getSend();
        byte[] bytes = unpacked(call, method.getPacking());
        files.send(MoveCodec.path(write.getPath()), MoveCodec.offset(write), bytes);
      }
      case TRUNCATE -> {
        MoveWrite write = method.getTruncate();
        files.truncate(MoveCodec.path(write.getPath()), MoveCodec.offset(write));
      }
      case HASH_PARTIAL -> {
        MovePart asked = method.getHashPartial();
        ByteRange range = range(asked, MoveEnd.MAX_HASHED_BYTES);
        send(call, files.hashPartial(MoveCodec.path(asked.getPath()), range));
      }
      case SIGNATURE -> {
        MovePart asked = method.getSignature();
        ByteRange range = range(asked, MoveEnd.MAX_RANGE_BYTES);
        send(call, files.signature(MoveCodec.path(asked.getPath()), range).encode());
      }
      case APPLY_DELTA -> {
        MovePart asked = method.getApplyDelta();
        ByteRange range = range(asked, MoveEnd.MAX_RANGE_BYTES);
        files.applyDelta(MoveCodec.path(asked.getPath()), range, bytes(call));
      }
      case FINISH -> files.finish(MoveCodec.decode(method.getFinish()));
      case SETTLE -> files.settle(MoveCodec.decode(method.getSettle()));
      case ENGAGE, RELEASE, STEP_NOT_SET ->
          throw new IllegalArgumentException("no step under an engagement");
    }
  }

  private static void list(IncomingCall call, ArenaFiles files, MoveList asked)
      throws RealizeException, InterruptedException {
    if (asked.getMax() < 1 || asked.getMax() > MAX_FILES) {
      throw new IllegalArgumentException("max " + asked.getMax() + " is not in 1.." + MAX_FILES);
    }
    Optional<RelativePath> after =
        asked.hasAfter() ? Optional.of(MoveCodec.path(asked.getAfter())) : Optional.empty();
    List<org.realize.nima.rpc.wire.MovedFile> part = new ArrayList<>();
    int bytes = 0;
    for (MovedFile file : files.list(after, asked.getMax())) {
      org.realize.nima.rpc.wire.MovedFile message = MoveCodec.encode(file);
      part.add(message);
      bytes += message.getSerializedSize();
      if (bytes >= LIST_PART_BYTES) {
        sendList(call, part);
        part.clear();
        bytes = 0;
      }
    }
    sendList(call, part);
  }

  private static void sendList(IncomingCall call, List<org.realize.nima.rpc.wire.MovedFile> part)
      throws RealizeException, InterruptedException {
    send(call, MovedFiles.newBuilder().addAllFiles(part).build().toByteArray());
  }

  private static void read(IncomingCall call, ArenaFiles files, MoveMethod method)
      throws RealizeException, InterruptedException {
    MoveRange asked = method.getRead();
    byte[] bytes = files.read(file(asked), range(asked, MoveEnd.MAX_RANGE_BYTES));
    switch (method.getPacking()) {
      case MOVE_PACKING_NONE -> send(call, bytes);
      case MOVE_PACKING_ZSTD -> {
        Optional<byte[]> packed = PackedBytes.pack(bytes);
        call.send((packed.isPresent() ? PACKED : AS_IT_IS).duplicate());
        send(call, packed.orElse(bytes));
      }
      case UNRECOGNIZED -> throw new IllegalArgumentException("unknown packing");
    }
  }

  private static void send(IncomingCall call, byte[] bytes)
      throws RealizeException, InterruptedException {
    call.send(ByteBuffer.wrap(bytes));
  }

  private static MovedFile file(MoveRange asked) {
    return MoveCodec.decode(asked.getFile());
  }

  private static ByteRange range(MoveRange asked, int maxBytes) {
    return MoveCodec.range(asked.getStart(), asked.getLength(), maxBytes);
  }

  private static ByteRange range(MovePart asked, int maxBytes) {
    return MoveCodec.range(asked.getStart(), asked.getLength(), maxBytes);
  }

  private static byte[] bytes(IncomingCall call) {
    ByteBuffer payload = call.payload();
    byte[] bytes = new byte[payload.remaining()];
    payload.get(0, bytes);
    return bytes;
  }

  private static byte[] unpacked(IncomingCall call, MovePacking packing) throws RealizeException {
    return switch (packing) {
      case MOVE_PACKING_NONE -> bytes(call);
      case MOVE_PACKING_ZSTD -> PackedBytes.unpack(bytes(call), MoveEnd.MAX_RANGE_BYTES);
      case UNRECOGNIZED -> throw new IllegalArgumentException("unknown packing");
    };
  }
}
