package org.realize.sync.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.realize.sync.content.LocalContent;
import org.realize.sync.delta.DeltaEncoder;
import org.realize.sync.delta.Signature;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * Deltas of contents for peers that have earlier bytes of them. A few are made at a time, since
 * each keeps a processor busy; memory is one block, the encoder's buffer and the delta.
 * Thread-safe.
 */
final class ContentDiff {

  /** One for each processor that peers may keep busy. */
  private static final int CONCURRENT = 2;

  private static final int MAX_SIGNATURE_BYTES =
      Signature.encodedBytes(PeerLink.MAX_DIFF_BASE_BYTES);

  private final Semaphore making = new Semaphore(CONCURRENT);

  /** What {@link org.realize.sync.port.PeerService#diff} answers. */
  byte[] delta(ServedArena arena, ContentRequest content, ByteRange range, byte[] encoded)
      throws RealizeException {
    String request = "diff of '%s' at %s".formatted(content.hint(), range);
    if (range.endBytes() > content.sizeBytes()
        || range.lengthBytes() > PeerLink.MAX_DIFF_BYTES
        || encoded.length > MAX_SIGNATURE_BYTES) {
      throw new Invalid(request + ": too much");
    }
    Signature signature = signature(request, encoded);
    try {
      making.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unreachable(request + " was cancelled");
    }
    try (LocalContent bytes = arena.open(content)) {
      return encode(bytes, range, signature);
    } catch (IOException e) {
      throw new StorageFailed(request, e);
    } finally {
      making.release();
    }
  }

  private static Signature signature(String request, byte[] encoded) throws Invalid {
    try {
      return Signature.decode(encoded);
    } catch (Corrupt e) {
      throw new Invalid(request + ": " + e.getMessage());
    }
  }

  private static byte[] encode(LocalContent bytes, ByteRange range, Signature signature)
      throws RealizeException, IOException {
    List<byte[]> deltas = new ArrayList<>();
    DeltaEncoder encoder = new DeltaEncoder(signature, deltas::add);
    ByteBuffer piece = ByteBuffer.allocate(TreeShape.BLOCK_BYTES);
    for (long at = range.startBytes(); at < range.endBytes(); at += piece.capacity()) {
      piece.clear().limit((int) Math.min(piece.capacity(), range.endBytes() - at));
      bytes.read(at, piece);
      encoder.update(piece.array(), 0, piece.position());
    }
    encoder.finish();
    byte[] delta = deltas.getFirst();
    return delta.length < range.lengthBytes() ? delta : new byte[0];
  }
}
