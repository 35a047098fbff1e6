package org.realize.nima.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.realize.nima.rpc.wire.MoveEngage;
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
import org.realize.sync.model.StoreId;
import org.realize.sync.move.Engagements;
import org.realize.sync.move.MovableArena;
import org.realize.sync.move.MovableArenas;
import org.realize.sync.move.MoveSource;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;
import org.realize.sync.move.Pieces;

/**
 * The steps of one peer that moves files from or to this node's arenas: each in bounds, and for an
 * arena that the configuration lets the peer write to at that moment. Thread-safe.
 */
final class InboundMoves {

  static final int MAX_FILES = 1_000;

  /** A part of a listing is sent once it has grown to that. */
  private static final int LIST_PART_BYTES = 256 << 10;

  private static final ByteBuffer AS_IT_IS = ByteBuffer.wrap(new byte[] {0});
  private static final ByteBuffer PACKED = ByteBuffer.wrap(new byte[] {1});

  private final String mover;
  private final MovableArenas arenas;
  private final Predicate<StoreId> reaches;

  /**
   * The moves of one peer.
   *
   * @param reaches whether this node is connected to the peer of a store
   */
  InboundMoves(PeerName peer, MovableArenas arenas, Predicate<StoreId> reaches) {
    this.mover = "peer " + peer;
    this.arenas = arenas;
    this.reaches = reaches;
  }

  /** For an arena that the peer may write to. */
  void handle(IncomingCall call, ArenaName arena, MoveMethod method)
      throws RealizeException, InterruptedException {
    switch (method.getStepCase()) {
      case ENGAGE -> engage(call, arena, method.getEngage());
      case RELEASE -> arenas.engagements().release(engagement(method), mover);
      default -> {
        UUID id = engagement(method);
        try (Engagements.Call _ = arenas.engagements().begin(id, mover, arena)) {
          MovableArena files = arenas.arena(arena);
          if (!source(call, files, method) && !target(call, files.target(), method)) {
            throw new IllegalArgumentException("no step of a move");
          }
        }
      }
    }
  }

  private void engage(IncomingCall call, ArenaName arena, MoveEngage engage)
      throws RealizeException, InterruptedException {
    Engagements.MoveRole role = MoveCodec.decode(engage.getRole());
    MovableArena files = arenas.arena(arena);
    Optional<StoreId> target = MoveCodec.store(engage.getTarget());
    if (role == Engagements.MoveRole.SOURCE && target.isPresent() && !reaches.test(target.get())) {
      throw new RealizeException.Invalid(
          "move files of '%s': their target is not connected to this node, and must be"
              .formatted(arena));
    }
    UUID root = files.rootId();
    UUID id = call.interruptibly(() -> arenas.engagements().engage(mover, arena, role));
    call.send(WireCodec.bytes(id).concat(WireCodec.bytes(root)).asReadOnlyByteBuffer());
  }

  private static UUID engagement(MoveMethod method) {
    return WireCodec.uuid(method.getEngagement());
  }

  /** Takes a step of a source; false if it is none. */
  private static boolean source(IncomingCall call, MovableArena arena, MoveMethod method)
      throws RealizeException, InterruptedException {
    MoveSource files = arena.source(MoveCodec.store(method.getDrop().getTarget()));
    switch (method.getStepCase()) {
      case LIST -> list(call, files, method.getList());
      case READ -> read(call, files, method);
      case HASH -> {
        MoveRange asked = method.getHash();
        send(call, files.hash(file(asked), range(asked, Pieces.MAX_HASHED_BYTES)));
      }
      case DIFF -> {
        MoveRange asked = method.getDiff();
        Signature signature = Signature.decode(bytes(call));
        send(call, files.diff(file(asked), range(asked, Pieces.MAX_RANGE_BYTES), signature));
      }
      case DROP -> {
        List<MovedFile> dropped = files(call);
        send(call, MoveCodec.encode(files.drop(dropped)).toByteArray());
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private static List<MovedFile> files(IncomingCall call) throws RealizeException {
    try {
      List<MovedFile> files = MoveCodec.files(call.payload());
      if (files.size() > MoveSource.MAX_DROPPED) {
        throw new IllegalArgumentException(files.size() + " files are dropped at once");
      }
      return files;
    } catch (InvalidProtocolBufferException e) {
      throw new RealizeException.Invalid("read the files to drop", e);
    }
  }

  /** Takes a step of a target; false if it is none. */
  private static boolean target(IncomingCall call, MoveTarget files, MoveMethod method)
      throws RealizeException, InterruptedException {
    switch (method.getStepCase()) {
      case PROGRESS -> {
        MovedFile asked = MoveCodec.decode(method.getProgress());
        send(call, MoveCodec.encode(files.progress(asked)).toByteArray());
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
        ByteRange range = range(asked, Pieces.MAX_HASHED_BYTES);
        send(call, files.hashPartial(MoveCodec.path(asked.getPath()), range));
      }
      case SIGNATURE -> {
        MovePart asked = method.getSignature();
        ByteRange range = range(asked, Pieces.MAX_RANGE_BYTES);
        send(call, files.signature(MoveCodec.path(asked.getPath()), range).encode());
      }
      case APPLY_DELTA -> {
        MovePart asked = method.getApplyDelta();
        ByteRange range = range(asked, Pieces.MAX_RANGE_BYTES);
        files.applyDelta(MoveCodec.path(asked.getPath()), range, bytes(call));
      }
      case BEGIN -> files.begin(MoveCodec.decode(method.getBegin()));
      case FINISH -> files.finish(MoveCodec.decode(method.getFinish()));
      case SETTLE -> files.settle(MoveCodec.decode(method.getSettle()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void list(IncomingCall call, MoveSource files, MoveList asked)
      throws RealizeException, InterruptedException {
    if (asked.getMax() < 1 || asked.getMax() > MAX_FILES) {
      throw new IllegalArgumentException("max " + asked.getMax() + " is not in 1.." + MAX_FILES);
    }
    if (asked.hasOnly()) {
      List<MovedFile> found = files.current(MoveCodec.path(asked.getOnly())).stream().toList();
      sendPage(call, new MoveSource.Page(found, 0, 0));
      return;
    }
    Optional<RelativePath> after =
        asked.hasAfter() ? Optional.of(MoveCodec.path(asked.getAfter())) : Optional.empty();
    sendPage(call, files.list(after, asked.getMax()));
  }

  private static void sendPage(IncomingCall call, MoveSource.Page page)
      throws RealizeException, InterruptedException {
    for (MovedFiles.Builder part : MoveCodec.parts(page.files(), LIST_PART_BYTES)) {
      part.setTotalFiles(page.totalFiles()).setTotalBytes(page.totalBytes());
      send(call, part.build().toByteArray());
    }
  }

  private static void read(IncomingCall call, MoveSource files, MoveMethod method)
      throws RealizeException, InterruptedException {
    MoveRange asked = method.getRead();
    byte[] bytes = files.read(file(asked), range(asked, Pieces.MAX_RANGE_BYTES));
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
      case MOVE_PACKING_ZSTD -> PackedBytes.unpack(bytes(call), Pieces.MAX_RANGE_BYTES);
      case UNRECOGNIZED -> throw new IllegalArgumentException("unknown packing");
    };
  }
}
