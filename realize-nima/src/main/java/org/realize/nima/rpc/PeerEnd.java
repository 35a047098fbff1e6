package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.MoveEngage;
import org.realize.nima.rpc.wire.MoveList;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MovePacking;
import org.realize.nima.rpc.wire.MovePath;
import org.realize.nima.rpc.wire.MoveRelease;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.ProtocolBroken;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MovedFile;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;

/**
 * An arena of a peer as one end of a move, over whichever connection there is at the moment. Every
 * failure names the peer. Once a call was lost with its connection or its deadline, the engagement
 * is given up with it: the next one waits at the peer until that call has ended there, so that none
 * is overtaken by its successors. Thread-safe; the engagement is guarded by {@link #lock}, which is
 * held while the peer is asked for one.
 */
public final class PeerEnd implements MoveEnd, AutoCloseable {

  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final Duration RELEASE_DEADLINE = Duration.ofSeconds(5);
  private static final int WINDOW_BYTES = 4 << 20;
  private static final int UUID_BYTES = 16;

  private final PeerName peer;
  private final ArenaName arena;
  private final Role role;
  private final Way way;
  private final Supplier<Optional<ConnectedPeer>> link;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable UUID engagement;

  /**
   * How bytes go.
   *
   * @param packing whether they are packed
   * @param throttle what they pass, as they are then
   */
  record Way(Packing packing, Throttle throttle, TimeSource time) {

    /** Waits until so many bytes may go; a wait ends with the move that is interrupted. */
    void pass(int bytes) throws InterruptedException {
      boolean _ = throttle.take(bytes, _ -> false);
    }
  }

  /**
   * An end that is not engaged yet.
   *
   * @param way how bytes go to and from the peer
   * @param link the connection there is now
   */
  PeerEnd(
      PeerName peer, ArenaName arena, Role role, Way way, Supplier<Optional<ConnectedPeer>> link) {
    this.peer = peer;
    this.arena = arena;
    this.role = role;
    this.way = way;
    this.link = link;
  }

  @Override
  public String name() {
    return peer.toString();
  }

  @Override
  public UUID engage() throws RealizeException, InterruptedException {
    lock.lockInterruptibly();
    try {
      UUID known = engagement;
      if (known == null) {
        MoveEngage engage = MoveEngage.newBuilder().setRole(MoveCodec.encode(role)).build();
        byte[] answer =
            onlyPart("engage", call("engage", method().setEngage(engage), Frame.NOTHING, DEADLINE));
        if (answer.length != UUID_BYTES) {
          throw broken("engage", "no engagement");
        }
        known = WireCodec.uuid(ByteString.copyFrom(answer));
        engagement = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private void disengage(UUID lost) {
    lock.lock();
    try {
      if (lost.equals(engagement)) {
        engagement = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Releases the engagement, if that can be said to the peer; else it runs out there. */
  @Override
  public void close() {
    UUID last;
    lock.lock();
    try {
      last = engagement;
      engagement = null;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      MoveMethod.Builder release =
          method()
              .setEngagement(WireCodec.bytes(last))
              .setRelease(MoveRelease.getDefaultInstance());
      try {
        call("release", release, Frame.NOTHING, RELEASE_DEADLINE);
      } catch (RealizeException e) {
        // It runs out.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private MoveMethod.Builder method() {
    return MoveMethod.newBuilder().setArena(arena.value());
  }

  /** A step under the engagement; the parts of its answer. */
  private List<byte[]> step(String action, MoveMethod.Builder method, byte[] payload)
      throws RealizeException, InterruptedException {
    UUID id = engage();
    return step(action, id, method, payload);
  }

  private List<byte[]> step(String action, UUID id, MoveMethod.Builder method, byte[] payload)
      throws RealizeException, InterruptedException {
    try {
      method.setEngagement(WireCodec.bytes(id));
      return call(action, method, ByteBuffer.wrap(payload), DEADLINE);
    } catch (Unreachable e) {
      disengage(id);
      throw e;
    } catch (InterruptedException e) {
      disengage(id);
      throw e;
    }
  }

  private List<byte[]> step(String action, MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    return step(action, method, new byte[0]);
  }

  private List<byte[]> call(
      String action, MoveMethod.Builder method, ByteBuffer payload, Duration deadline)
      throws RealizeException, InterruptedException {
    ConnectedPeer to =
        link.get()
            .orElseThrow(() ->
                new Unreachable("%s '%s' at %s: not connected".formatted(action, arena, peer)));
    try {
      return to.move(arena, method, payload, WINDOW_BYTES, deadline);
    } catch (RealizeException e) {
      String message = "%s: %s".formatted(peer, e.oneLine());
      if (e instanceof TimedOut) {
        throw new Unreachable(message); // so it is tried again, as whatever the network does
      }
      throw FailureCodes.toException(FailureCodes.toCode(e), message);
    }
  }

  private ProtocolBroken broken(String action, String what) {
    return new ProtocolBroken("%s '%s' at %s: answered %s".formatted(action, arena, peer, what));
  }

  private byte[] onlyPart(String action, List<byte[]> parts) throws ProtocolBroken {
    if (parts.size() != 1) {
      throw broken(action, parts.size() + " parts");
    }
    return parts.getFirst();
  }

  @Override
  public List<MovedFile> list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    MoveList.Builder list = MoveList.newBuilder().setMax(Math.min(max, InboundMoves.MAX_FILES));
    after.ifPresent(path -> list.setAfter(path.toString()));
    List<MovedFile> files = new ArrayList<>();
    for (byte[] part : step("list", method().setList(list))) {
      try {
        files.addAll(MoveCodec.files(ByteBuffer.wrap(part)));
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        throw broken("list", String.valueOf(e.getMessage()));
      }
    }
    return files;
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setRead(MoveCodec.encode(file, range));
    boolean packs = way.packing().packs();
    long start = way.time().monotonicNanos();
    byte[] bytes = packs ? readPacked(method) : readPlain(method);
    way.packing().note(packs, bytes.length, way.time().monotonicNanos() - start);
    if (bytes.length != range.lengthBytes()) {
      throw broken("read", bytes.length + " bytes of " + range.lengthBytes());
    }
    return bytes;
  }

  private byte[] readPlain(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    byte[] bytes = onlyPart("read", step("read", method));
    way.pass(bytes.length);
    return bytes;
  }

  private byte[] readPacked(MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    List<byte[]> parts = step("read", method.setPacking(MovePacking.MOVE_PACKING_ZSTD));
    if (parts.size() != 2 || parts.getFirst().length != 1) {
      throw broken("read", parts.size() + " parts");
    }
    byte[] bytes = parts.getLast();
    way.pass(bytes.length);
    return parts.getFirst()[0] == 1 ? PackedBytes.unpack(bytes, MAX_RANGE_BYTES) : bytes;
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return onlyPart("hash", step("hash", method().setHash(MoveCodec.encode(file, range))));
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setDiff(MoveCodec.encode(file, range));
    byte[] delta = onlyPart("diff", step("diff", method, signature.encode()));
    way.pass(delta.length);
    return delta;
  }

  @Override
  public void delete(MovedFile file, UUID since) throws RealizeException, InterruptedException {
    step("drop", since, method().setDelete(MoveCodec.encode(file)), new byte[0]);
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException, InterruptedException {
    MovePath asked = MovePath.newBuilder().setPath(path.toString()).build();
    byte[] answer = onlyPart("look at", step("look at", method().setProgress(asked)));
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
    boolean packs = way.packing().packs();
    long start = way.time().monotonicNanos();
    Optional<byte[]> packed = packs ? PackedBytes.pack(bytes) : Optional.empty();
    if (packed.isPresent()) {
      method.setPacking(MovePacking.MOVE_PACKING_ZSTD);
    }
    byte[] sent = packed.orElse(bytes);
    way.pass(sent.length);
    step("write", method, sent);
    way.packing().note(packs, bytes.length, way.time().monotonicNanos() - start);
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes)
      throws RealizeException, InterruptedException {
    step("truncate", method().setTruncate(MoveCodec.encode(path, sizeBytes)));
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    return onlyPart("hash", step("hash", method().setHashPartial(MoveCodec.encode(path, range))));
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    MoveMethod.Builder method = method().setSignature(MoveCodec.encode(path, range));
    return Signature.decode(onlyPart("sign", step("sign", method)));
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    way.pass(delta.length);
    step("apply a delta", method().setApplyDelta(MoveCodec.encode(path, range)), delta);
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
