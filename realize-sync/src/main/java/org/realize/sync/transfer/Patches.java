package org.realize.sync.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.EarlierVersion;
import org.realize.sync.content.EarlierVersions;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes parts of one content out of earlier versions and deltas that a peer sends: for what moved
 * within the file, or changed in less than a block. The old bytes looked at lie around the place
 * where the part before was found, so that what was inserted or removed in front of it does not
 * matter. Where deltas do not help a few times in a row they are given up for this fetch. What
 * comes out is not verified yet. Thread-safe.
 */
final class Patches {

  private static final Logger LOG = LoggerFactory.getLogger(Patches.class);

  /** How far bytes may have moved against those before them. */
  private static final long MARGIN_BYTES = 1L << 20;

  /** Deltas in a row that may bring nothing. */
  static final int MAX_VAIN = 3;

  /** New bytes, to be verified, and the length of the delta that made them. */
  record Made(ByteBuffer bytes, int deltaBytes) {}

  private final FetchScope scope;
  private final ContentRequest request;
  private final EarlierVersions earlier;
  private final AtomicInteger vain = new AtomicInteger();

  /** Where bytes that moved were, less where they are now, as last seen. */
  private volatile long shift;

  Patches(FetchScope scope, ContentRequest request, EarlierVersions earlier) {
    this.scope = scope;
    this.request = request;
    this.earlier = earlier;
  }

  /**
   * Makes {@code range}, at most {@link PeerLink#MAX_DIFF_BYTES}; empty when blocks must be asked
   * for.
   */
  Optional<Made> make(DownloadSource source, ByteRange range)
      throws RealizeException, InterruptedException {
    if (earlier.isEmpty()
        || vain.get() >= MAX_VAIN
        || !source.link().diffs()
        || isFast(source.link(), range.lengthBytes())
        || !takeRoom(source)) {
      return Optional.empty();
    }
    try {
      for (EarlierVersion version : earlier.all()) {
        ByteRange window = window(version, range);
        Signature signature = window == null ? null : signature(version, window);
        if (window != null && signature != null) {
          return patched(source, range, version, window, signature);
        }
      }
      return Optional.empty();
    } finally {
      scope.pool().deltas().release();
    }
  }

  private boolean takeRoom(DownloadSource source) throws InterruptedException {
    source.cancellation().enter();
    try {
      long patience = scope.limits().stall().toNanos();
      return scope.pool().deltas().tryAcquire(patience, TimeUnit.NANOSECONDS);
    } finally {
      source.cancellation().leave();
    }
  }

  private boolean isFast(PeerLink link, long bytes) {
    double seconds =
        scope
            .pool()
            .speed(link.identity().store())
            .secondsFor(bytes, Duration.ZERO, scope.arena().time().monotonicNanos());
    return seconds * scope.limits().deltaBytesPerSecond() < bytes;
  }

  /** The old bytes to look at; null if they are not here. */
  private @Nullable ByteRange window(EarlierVersion version, ByteRange range) {
    for (long margin : new long[] {MARGIN_BYTES, 0}) {
      long start = Math.max(0, range.startBytes() + shift - margin);
      long end = Math.min(version.sizeBytes(), range.endBytes() + shift + margin);
      if (start < end && version.has(start, end)) {
        return new ByteRange(start, end);
      }
    }
    return null;
  }

  private @Nullable Signature signature(EarlierVersion version, ByteRange window) {
    Signature.Builder builder = new Signature.Builder(window.lengthBytes());
    ByteBuffer piece = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    try {
      for (long at = window.startBytes(); at < window.endBytes(); at += piece.capacity()) {
        piece.clear().limit((int) Math.min(piece.capacity(), window.endBytes() - at));
        version.read(at, piece);
        builder.update(piece.array(), 0, piece.position());
      }
      return builder.finish();
    } catch (RealizeException e) {
      earlier.failed(version, e);
      return null;
    }
  }

  private Optional<Made> patched(
      DownloadSource source,
      ByteRange range,
      EarlierVersion version,
      ByteRange window,
      Signature signature)
      throws RealizeException, InterruptedException {
    boolean helped = false;
    try {
      byte[] encoded = source.diff(request, range, signature.encode(), scope.limits().stall());
      if (encoded.length == 0) {
        return Optional.empty();
      }
      Delta delta = Delta.decode(encoded, window.lengthBytes());
      if (delta.targetBytes() != range.lengthBytes()) {
        throw new Corrupt("a delta of " + delta.targetBytes() + " bytes instead of " + range);
      }
      byte[] made = new byte[delta.targetBytes()];
      delta.apply(
          (offset, into, at, length) ->
              read(version, window.startBytes() + offset, ByteBuffer.wrap(into, at, length)),
          made,
          0);
      helped = encoded.length <= made.length - made.length / 4;
      OptionalLong moved = delta.lastShift();
      if (moved.isPresent()) {
        shift = window.startBytes() + moved.getAsLong() - range.startBytes();
      }
      return Optional.of(new Made(ByteBuffer.wrap(made), encoded.length));
    } catch (Corrupt | Invalid | NotFound | StorageFailed | IOException e) {
      LOG.debug("patch {} of '{}' from {}", range, request.hint(), source.peer(), e);
      return Optional.empty();
    } finally {
      vain.updateAndGet(helped ? _ -> 0 : before -> before + 1);
    }
  }

  private static void read(EarlierVersion version, long offset, ByteBuffer into)
      throws IOException {
    try {
      version.read(offset, into);
    } catch (RealizeException e) {
      throw new IOException(e);
    }
  }
}
