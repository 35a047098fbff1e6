package org.realize.nima.rpc;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.realize.nima.rpc.wire.MoveEngage;
import org.realize.nima.rpc.wire.MoveMethod;
import org.realize.nima.rpc.wire.MoveRelease;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.ProtocolBroken;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MovedFile;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Throttle;

/**
 * An arena of a peer as one end of a move. Its steps go over whichever connection there is at the
 * moment, under an engagement that is made when it is needed. Every failure names the peer. Once a
 * call was lost with its connection or its deadline, the engagement is given up with it: the next
 * one waits at the peer until that call has ended there, so that no call is overtaken by its
 * successors. Thread-safe; the engagement is guarded by {@link #lock}, which is held while the peer
 * is asked for one.
 */
public abstract sealed class PeerEnd implements MoveEnd, AutoCloseable
    permits PeerSource, PeerTarget {

  private static final Duration DEADLINE = Duration.ofMinutes(3);
  private static final Duration RELEASE_DEADLINE = Duration.ofSeconds(5);
  private static final int WINDOW_BYTES = 4 << 20;
  private static final int ENGAGEMENT_BYTES = 32;

  private final PeerName peer;
  private final ArenaName arena;
  private final MoveEngage engage;
  private final Way way;
  private final Supplier<Optional<ConnectedPeer>> link;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Engaged engaged;

  /** An engagement, and the id of the root that it is for. */
  private record Engaged(UUID id, UUID root) {}

  /**
   * The packing and limits of a move's bytes.
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
   * @param engage what the peer is asked for
   * @param way how bytes go to and from the peer
   * @param link the connection there is now
   */
  PeerEnd(
      PeerName peer,
      ArenaName arena,
      MoveEngage.Builder engage,
      Way way,
      Supplier<Optional<ConnectedPeer>> link) {
    this.peer = peer;
    this.arena = arena;
    this.engage = engage.build();
    this.way = way;
    this.link = link;
  }

  @Override
  public final String name() {
    return peer.toString();
  }

  final Way way() {
    return way;
  }

  /** Asks the peer for its part in the move; the id of its root. */
  public final UUID engage() throws RealizeException, InterruptedException {
    return engaged().root();
  }

  /** The engagement in force, made if there is none. */
  private Engaged engaged() throws RealizeException, InterruptedException {
    lock.lockInterruptibly();
    try {
      Engaged known = engaged;
      if (known == null) {
        byte[] answer =
            onlyPart("engage", call("engage", method().setEngage(engage), Frame.NOTHING, DEADLINE));
        if (answer.length != ENGAGEMENT_BYTES) {
          throw broken("engage", "no engagement");
        }
        ByteString ids = ByteString.copyFrom(answer);
        known =
            new Engaged(
                WireCodec.uuid(ids.substring(0, ENGAGEMENT_BYTES / 2)),
                WireCodec.uuid(ids.substring(ENGAGEMENT_BYTES / 2)));
        engaged = known;
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private void disengage(Engaged lost) {
    lock.lock();
    try {
      if (lost.equals(engaged)) {
        engaged = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Releases the engagement, if that can be said to the peer; else it runs out there. */
  @Override
  public final void close() {
    Engaged last;
    lock.lock();
    try {
      last = engaged;
      engaged = null;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      MoveMethod.Builder release =
          method()
              .setEngagement(WireCodec.bytes(last.id()))
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

  final MoveMethod.Builder method() {
    return MoveMethod.newBuilder().setArena(arena.value());
  }

  /** A step under the engagement; the parts of its answer. */
  final List<byte[]> step(String action, MoveMethod.Builder method, byte[] payload)
      throws RealizeException, InterruptedException {
    Engaged now = engaged();
    try {
      method.setEngagement(WireCodec.bytes(now.id()));
      return call(action, method, ByteBuffer.wrap(payload), DEADLINE);
    } catch (Unreachable e) {
      disengage(now);
      throw e;
    } catch (InterruptedException e) {
      disengage(now);
      throw e;
    }
  }

  final List<byte[]> step(String action, MoveMethod.Builder method)
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

  final ProtocolBroken broken(String action, String what) {
    return new ProtocolBroken("%s '%s' at %s: answered %s".formatted(action, arena, peer, what));
  }

  private byte[] onlyPart(String action, List<byte[]> parts) throws ProtocolBroken {
    if (parts.size() != 1) {
      throw broken(action, parts.size() + " parts");
    }
    return parts.getFirst();
  }

  /** A step that is answered with one part. */
  final byte[] ask(String action, MoveMethod.Builder method, byte[] payload)
      throws RealizeException, InterruptedException {
    return onlyPart(action, step(action, method, payload));
  }

  final byte[] ask(String action, MoveMethod.Builder method)
      throws RealizeException, InterruptedException {
    return onlyPart(action, step(action, method));
  }

  @Override
  public final byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return ask("hash", method().setHash(MoveCodec.encode(file, range)));
  }
}
